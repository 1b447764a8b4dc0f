//! Operations on deployment groups. Create and update read the request as two shapes: what names the group,
//! and what is set on it.

use crate::api::{Answered, Call};

pub(crate) async fn create(call: Call<'_>) -> Answered {
    call.answer(call.service.create_deployment_group(&call.caller.scope, call.input()?, call.input()?).await?)
}

pub(crate) async fn get(call: Call<'_>) -> Answered {
    call.answer(call.service.get_deployment_group(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn batch_get(call: Call<'_>) -> Answered {
    call.answer(call.service.batch_get_deployment_groups(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn list(call: Call<'_>) -> Answered {
    call.answer(call.service.list_deployment_groups(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn update(call: Call<'_>) -> Answered {
    call.answer(call.service.update_deployment_group(&call.caller.scope, call.input()?, call.input()?).await?)
}

pub(crate) async fn delete(call: Call<'_>) -> Answered {
    call.answer(call.service.delete_deployment_group(&call.caller.scope, call.input()?).await?)
}
