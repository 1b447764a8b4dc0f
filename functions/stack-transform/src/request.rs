//! What CloudFormation asks of a macro, and what it is answered.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::refusal::Refusal;
use crate::rewrite::rewrite;
use crate::template::Template;

/// A request, as far as it is read (CloudFormation user guide, "Macro function interface").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    /// The template without its own mention of the macro; intrinsics arrive as they were written.
    fragment: Value,
    /// What the mention of the macro was given.
    #[serde(default)]
    params: Map<String, Value>,
    /// The stack's parameters by name.
    #[serde(default)]
    template_parameter_values: Map<String, Value>,
}

/// The answer to a request: the transformed template, or the failure that says why not.
///
/// `service_token` is the ARN of the function that performs shifts.
pub fn answer(event: &Value, service_token: &str) -> Value {
    let request_id = &event["requestId"];
    match transformed(event, service_token) {
        Ok(fragment) => json!({ "requestId": request_id, "status": "success", "fragment": fragment }),
        Err(refusals) => {
            let reasons: Vec<_> = refusals.iter().map(ToString::to_string).collect();
            let message = format!("Cutover cannot transform this template. {}", reasons.join(" | "));
            json!({ "requestId": request_id, "status": "failure", "errorMessage": message })
        }
    }
}

fn transformed(event: &Value, service_token: &str) -> Result<Value, Vec<Refusal>> {
    let request = Request::deserialize(event)
        .map_err(|error| vec![Refusal::new("Request", format!("it cannot be read: {error}"))])?;
    if !request.params.is_empty() {
        return Err(vec![Refusal::new("Transform", "Cutover takes no Parameters")]);
    }
    let template = Template::of(&request.fragment, &request.template_parameter_values).ok_or_else(|| {
        let reason =
            "Cutover transforms whole templates: list it under Transform at the top, not in Fn::Transform";
        vec![Refusal::new("Transform", reason)]
    })?;
    rewrite(&template, service_token)
}
