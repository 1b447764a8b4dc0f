//! Operations on deployments.

use crate::api::{Answered, Call};

pub(crate) async fn create(call: Call<'_>) -> Answered {
    call.answer(call.service.create_deployment(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn get(call: Call<'_>) -> Answered {
    call.answer(call.service.get_deployment(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn batch_get(call: Call<'_>) -> Answered {
    call.answer(call.service.batch_get_deployments(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn list(call: Call<'_>) -> Answered {
    call.answer(call.service.list_deployments(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn stop(call: Call<'_>) -> Answered {
    call.answer(call.service.stop_deployment(&call.caller.scope, call.input()?).await?)
}
