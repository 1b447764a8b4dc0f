//! Operations on deployment targets.

use crate::api::{Answered, Call};

pub(crate) async fn list(call: Call<'_>) -> Answered {
    call.answer(call.service.list_deployment_targets(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn get(call: Call<'_>) -> Answered {
    call.answer(call.service.get_deployment_target(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn batch_get(call: Call<'_>) -> Answered {
    call.answer(call.service.batch_get_deployment_targets(&call.caller.scope, call.input()?).await?)
}
