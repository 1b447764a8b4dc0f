//! Operations on applications.

use crate::api::{Answered, Call};

pub(crate) async fn create(call: Call<'_>) -> Answered {
    call.answer(call.service.create_application(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn get(call: Call<'_>) -> Answered {
    call.answer(call.service.get_application(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn batch_get(call: Call<'_>) -> Answered {
    call.answer(call.service.batch_get_applications(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn list(call: Call<'_>) -> Answered {
    call.answer(call.service.list_applications(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn update(call: Call<'_>) -> Answered {
    call.done(call.service.update_application(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn delete(call: Call<'_>) -> Answered {
    call.done(call.service.delete_application(&call.caller.scope, call.input()?).await?)
}
