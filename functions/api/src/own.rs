//! Cutover's own operations.

use crate::api::{Answered, Call};

pub(crate) async fn plan(call: Call<'_>) -> Answered {
    call.answer(call.service.plan_deployment(&call.caller.scope, call.input()?).await?)
}

pub(crate) async fn explain(call: Call<'_>) -> Answered {
    call.answer(call.service.explain_deployment(call.caller, call.input()?).await?)
}

pub(crate) async fn export(call: Call<'_>) -> Answered {
    call.answer(call.service.export_deployment(call.caller, call.input()?).await?)
}

pub(crate) async fn marks(call: Call<'_>) -> Answered {
    call.answer(call.service.list_marks(call.caller, call.input()?).await?)
}

pub(crate) async fn abandon(call: Call<'_>) -> Answered {
    call.answer(call.service.abandon_deployment(call.caller, call.input()?).await?)
}

pub(crate) async fn audit_records(call: Call<'_>) -> Answered {
    call.answer(call.service.list_audit_records(call.caller, call.input()?).await?)
}
