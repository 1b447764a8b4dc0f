//! Calls that are to change something leave a record: before they do, and when it is known how they ended.

use std::future::Future;

use cutover_core::access::Access;
use cutover_service::audit::Deed;
use cutover_service::error::ServiceError;
use cutover_store::audit::Outcome;
use cutover_wire::api::error::ApiError;
use serde_json::Value;

use crate::api::{Answered, ApiRequest, Call};
use crate::authority;

/// Performs a call under the rules of all: refused if its caller may not, recorded if it is to change something.
pub(crate) async fn governed(
    call: &Call<'_>,
    request: &ApiRequest<'_>,
    (operation, demand): (&str, Access),
    perform: impl Future<Output = Answered>,
) -> Answered {
    let allowed = authority::check(call, (operation, demand), &request.permit).await;
    if !demand.changes() {
        allowed?;
        return perform.await;
    }
    let resource = call.read().ok().and_then(|request| named(&request));
    let deed = Deed {
        operation,
        resource: resource.as_deref(),
        request_id: request.request_id,
        source: request.source,
    };
    if let Err(refusal) = allowed {
        let told = refusal.into_api();
        call.service.audit_refused(call.caller, deed, told.code).await?;
        return Err(told.into());
    }
    let record = call.service.audit_begin(call.caller, deed).await?;
    let answered = perform.await;
    let (outcome, answered) = outcome(answered, |answer| call.reread(answer));
    // The deed is done, whatever becomes of its record; that it was begun stands there already.
    if let Err(error) = call.service.audit_end(call.caller, record, outcome).await {
        tracing::warn!(request = request.request_id, operation, %error, "the outcome is not in the audit record");
    }
    answered
}

fn outcome(answered: Answered, read: impl Fn(&[u8]) -> Option<Value>) -> (Outcome, Answered) {
    match answered {
        Ok(body) => (Outcome::Succeeded(read(&body).and_then(|answer| made(&answer))), Ok(body)),
        // What the caller is told is what is recorded; the log has the rest.
        Err(ServiceError::Refused(error)) => (of(&error), Err(error.into())),
        Err(error) => {
            let code = if error.may_pass() { "ServiceUnavailable" } else { "InternalFailure" };
            (Outcome::Failed(code.to_owned()), Err(error))
        }
    }
}

fn of(error: &ApiError) -> Outcome {
    match error.status {
        500.. => Outcome::Failed(error.code.to_owned()),
        _ => Outcome::Refused(error.code.to_owned()),
    }
}

/// The id of what an operation made.
fn made(answer: &Value) -> Option<String> {
    let id = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    let ids = ["deploymentId", "applicationId", "deploymentGroupId", "deploymentConfigId"];
    let key = || answer.pointer("/accessKey/accessKeyId").and_then(Value::as_str).map(str::to_owned);
    ids.into_iter().find_map(id).or_else(key)
}

/// Members that say what a request is about, from the widest to the narrowest.
const NAMES: [(&str, &str); 15] = [
    ("applicationName", "application"),
    ("deploymentGroupName", "group"),
    ("currentDeploymentGroupName", "group"),
    ("deploymentConfigName", "configuration"),
    ("deploymentId", "deployment"),
    ("instanceName", "instance"),
    ("tokenName", "GitHub token"),
    ("triggerName", "trigger"),
    ("webhookName", "webhook"),
    ("ResourceArn", "resource"),
    ("functionName", "function"),
    ("alias", "alias"),
    ("alarmName", "alarm"),
    ("name", "key"),
    ("accessKeyId", "key"),
];

/// What a request is about: `application web, group prod`. A request that names nothing is about nothing.
fn named(request: &Value) -> Option<String> {
    let name = |(member, word): (&str, &str)| Some(format!("{word} {}", request.get(member)?.as_str()?));
    let names: Vec<_> = NAMES.into_iter().filter_map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_about_what_it_names() {
        for (body, about) in [
            (r#"{"applicationName": "web"}"#, Some("application web")),
            (
                r#"{"deploymentGroupName": "prod", "applicationName": "web", "description": "x"}"#,
                Some("application web, group prod"),
            ),
            (r#"{"deploymentId": "d-1", "status": "Failed"}"#, Some("deployment d-1")),
            (r#"{"applicationName": 5}"#, None),
            ("{}", None),
            ("[1]", None),
        ] {
            let request = serde_json::from_str(body).expect("JSON");
            assert_eq!(named(&request).as_deref(), about, "{body}");
        }
    }

    #[test]
    fn outcomes_are_told_apart() {
        let refused = |status| ServiceError::from(ApiError { code: "X", message: String::new(), status });
        for (answered, expected) in [
            (Ok(br#"{"deploymentId": "d-1"}"#.to_vec()), Outcome::Succeeded(Some("d-1".into()))),
            (Ok(b"{}".to_vec()), Outcome::Succeeded(None)),
            (
                Ok(br#"{"accessKey": {"accessKeyId": "CUTO"}}"#.to_vec()),
                Outcome::Succeeded(Some("CUTO".into())),
            ),
            (Err(refused(400)), Outcome::Refused("X".into())),
            (Err(refused(503)), Outcome::Failed("X".into())),
        ] {
            let read = |body: &[u8]| serde_json::from_slice(body).ok();
            assert_eq!(outcome(answered, read).0, expected);
        }
    }
}
