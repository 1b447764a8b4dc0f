//! Operations on deployment configurations.

use crate::api::{Answered, Call};

pub(crate) async fn create(call: Call<'_>) -> Answered {
    call.answer(call.service.create_deployment_config(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn get(call: Call<'_>) -> Answered {
    call.answer(call.service.get_deployment_config(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn list(call: Call<'_>) -> Answered {
    call.answer(call.service.list_deployment_configs(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn delete(call: Call<'_>) -> Answered {
    call.done(call.service.delete_deployment_config(&call.caller.scope, call.input()?).await?)
}
