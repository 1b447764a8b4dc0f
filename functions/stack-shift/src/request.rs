//! CloudFormation's requests of a custom resource, their answers, and signals to wait conditions.

use cutover_store::requests::Answer;
use serde::Deserialize;
use serde_json::{Value, json};

/// The largest body that CloudFormation takes is 4,096 bytes; the rest of an answer has names of up to 2,300.
const REASON_BYTES: usize = 1_000;

/// What is to be done to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum RequestType {
    Create,
    Update,
    Delete,
}

/// A request (CloudFormation user guide, "Custom resource request objects"). All property values are texts.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Request {
    pub(crate) request_type: RequestType,
    pub(crate) request_id: String,
    #[serde(rename = "ResponseURL")]
    pub(crate) response_url: String,
    pub(crate) stack_id: String,
    pub(crate) logical_resource_id: String,
    /// Absent when it is to be created.
    pub(crate) physical_resource_id: Option<String>,
    #[serde(default)]
    pub(crate) resource_properties: Value,
    /// Of an update: what the properties were.
    #[serde(default)]
    pub(crate) old_resource_properties: Value,
}

impl Request {
    /// The stack's name: `arn:…:stack/NAME/ID`.
    pub(crate) fn stack(&self) -> &str {
        self.stack_id.split('/').nth(1).unwrap_or(&self.stack_id)
    }

    /// The same from the first request to the last, whatever changes: another one would have CloudFormation delete this.
    fn physical_id(&self) -> String {
        let made = || format!("{}/{}", self.stack(), self.logical_resource_id);
        self.physical_resource_id.clone().unwrap_or_else(made)
    }

    /// The body that answers it.
    pub(crate) fn answered(&self, answer: &Answer) -> String {
        let mut body = json!({
            "Status": if answer.failed.is_some() { "FAILED" } else { "SUCCESS" },
            "PhysicalResourceId": self.physical_id(),
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.logical_resource_id,
        });
        if let Some(reason) = &answer.failed {
            body["Reason"] = json!(cut(reason));
        }
        if let Some(deployment) = &answer.deployment {
            body["Data"] = json!({ "DeploymentId": deployment });
        }
        body.to_string()
    }

    /// The signal for a wait condition that has nothing to wait for.
    pub(crate) fn signal(&self, reason: &str) -> String {
        let reason = cut(reason);
        json!({ "Status": "SUCCESS", "Reason": reason, "UniqueId": self.request_id, "Data": "" }).to_string()
    }
}

/// The text, or as much of its beginning as there is room for once it stands in JSON.
fn cut(text: &str) -> String {
    let mut room = REASON_BYTES;
    text.chars()
        .take_while(|letter| {
            let bytes =
                if letter.is_control() || ['"', '\\'].contains(letter) { 6 } else { letter.len_utf8() };
            room = room.saturating_sub(bytes);
            room > 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_never_longer_than_cloudformation_takes() {
        let event = json!({
            "RequestType": "Update", "RequestId": "r".repeat(64), "ResponseURL": "https://r",
            "StackId": format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/{}/{}", "s".repeat(128), "i".repeat(36)),
            "LogicalResourceId": "L".repeat(255), "PhysicalResourceId": "p".repeat(1024),
        });
        let request: Request = serde_json::from_value(event).expect("a request");
        for letter in ["a", "\"", "\u{1}", "é", "\u{1f600}"] {
            let answer =
                Answer { deployment: Some("d-ABCDEFGHI".into()), ..Answer::failed(letter.repeat(5_000)) };
            let body = request.answered(&answer);
            assert!(body.len() <= 4_096, "{letter}: {}", body.len());
            assert!(request.signal(&letter.repeat(5_000)).len() <= 4_096);
        }
    }
}
