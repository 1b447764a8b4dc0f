//! Whether a caller may make a call: what the operation demands against what the caller's permit allows.

use cutover_core::access::{Access, Permit};
use cutover_service::error::ServiceError;
use cutover_wire::api::error::ApiError;
use serde::Deserialize;

use crate::api::Call;

/// The members by which an operation on deployments names its application.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(default)]
    application_name: Option<String>,
    #[serde(default)]
    deployment_id: Option<String>,
}

/// Refuses what the permit does not allow. `operation` is what is called, `demand` what that demands.
pub(crate) async fn check(
    call: &Call<'_>,
    (operation, demand): (&str, Access),
    permit: &Permit,
) -> Result<(), ServiceError> {
    if !permit.allows(demand) {
        return Err(denied(call, operation, "*").into());
    }
    let Some(only) = permit.bound_to(demand) else { return Ok(()) };
    // Every application that is named must be one of them, so that no member can hide behind another.
    let named: Named = call.read()?;
    let of_deployment = match &named.deployment_id {
        Some(id) => Some(call.service.application_of(&call.caller.scope, id).await?),
        None => None,
    };
    let mut applications = named.application_name.iter().chain(&of_deployment).peekable();
    if applications.peek().is_none() {
        return Err(denied(call, operation, "*").into());
    }
    match applications.find(|name| !only.contains(name)) {
        Some(foreign) => {
            let scope = &call.caller.scope;
            let (region, account) = (&scope.region, &scope.account);
            let arn = format!("arn:aws:codedeploy:{region}:{account}:application:{foreign}");
            Err(denied(call, operation, &arn).into())
        }
        None => Ok(()),
    }
}

/// In the words of AWS, which people know how to read (seen in reports of its users; the status is 400).
fn denied(call: &Call<'_>, operation: &str, resource: &str) -> ApiError {
    let who = call.caller.principal.as_deref().unwrap_or("anonymous");
    let message =
        format!("User: {who} is not authorized to perform: codedeploy:{operation} on resource: {resource}");
    ApiError::refused("AccessDeniedException", message)
}
