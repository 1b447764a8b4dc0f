//! Whether a caller may make a call: what the operation demands against what the caller's permit allows.

use cutover_core::access::Access;
use cutover_service::error::ServiceError;
use cutover_wire::api::error::ApiError;
use serde::Deserialize;

use crate::api::{Call, Permit};
use crate::operations::Found;

/// The members by which an operation on deployments names its application.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(default)]
    application_name: Option<String>,
    #[serde(default)]
    deployment_id: Option<String>,
}

/// Refuses what the permit does not allow.
pub(crate) async fn check(call: &Call<'_>, found: &Found, permit: &Permit) -> Result<(), ServiceError> {
    if !permit.allows(found.access) {
        return Err(denied(call, found, "*").into());
    }
    let Some(only) = permit.bound_to(found.access) else { return Ok(()) };
    // Every application that is named must be one of them, so that no member can hide behind another.
    let named: Named = call.input()?;
    let of_deployment = match &named.deployment_id {
        Some(id) => Some(call.service.application_of(&call.caller.scope, id).await?),
        None => None,
    };
    let mut applications = named.application_name.iter().chain(&of_deployment).peekable();
    if applications.peek().is_none() {
        return Err(denied(call, found, "*").into());
    }
    match applications.find(|name| !only.contains(name)) {
        Some(foreign) => Err(denied(call, found, &format!("application:{foreign}")).into()),
        None => Ok(()),
    }
}

/// In the words of AWS, which people know how to read.
fn denied(call: &Call<'_>, found: &Found, resource: &str) -> ApiError {
    let scope = &call.caller.scope;
    let resource = match resource {
        "*" => "*".to_owned(),
        name => format!("arn:aws:codedeploy:{}:{}:{name}", scope.region, scope.account),
    };
    refusal(call.caller.principal.as_deref(), found.name, &resource)
}

fn refusal(who: Option<&str>, operation: &str, resource: &str) -> ApiError {
    let who = who.unwrap_or("anonymous");
    let message =
        format!("User: {who} is not authorized to perform: codedeploy:{operation} on resource: {resource}");
    ApiError::refused("AccessDeniedException", message)
}

/// Refuses a caller whose permit does not reach as far as an operation that is answered elsewhere demands.
pub fn admit(
    permit: &Permit,
    principal: Option<&str>,
    operation: &str,
    demand: Access,
) -> Result<(), ApiError> {
    if permit.allows(demand) {
        return Ok(());
    }
    Err(refusal(principal, operation, "*"))
}
