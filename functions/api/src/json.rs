//! AWS JSON 1.1: the operation stands in X-Amz-Target, shapes are JSON objects.

use std::error::Error;

use cutover_wire::api::error::ApiError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::nulls::without_nulls;
use crate::place;
use crate::protocol::{Head, Protocol, Target};

/// The protocol.
pub(crate) struct Json11;

impl Protocol for Json11 {
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("content-type", "application/x-amz-json-1.1")];

    /// Whatever it says: people who try something out say nothing.
    fn recognises(_: Head<'_, '_>) -> bool {
        true
    }

    fn target<'a>(head: Head<'_, 'a>) -> Option<Target<'a>> {
        let target = (head.header)("x-amz-target")?;
        let (service, operation) = target.split_once('.').unwrap_or(("", target));
        Some(Target { service, operation })
    }

    fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
        let text = str::from_utf8(body).map_err(|error| unreadable("", &error))?;
        let text = if text.is_empty() { "{}" } else { text };
        object(text)?;
        serde_json::from_str(text).map_err(|error| unreadable(&place::path(text, &error), &error))
    }

    fn encode<T: Serialize>(answer: &T) -> Result<Vec<u8>, ApiError> {
        serde_json::to_string(answer)
            .map(without_nulls)
            .map_err(|error| ApiError::internal(format!("write the answer: {error}")))
    }

    /// Its name stands in the body, since clients look there (behaviour: wire protocol).
    fn error(error: &ApiError) -> Vec<u8> {
        json!({ "__type": error.code, "message": error.message }).to_string().into_bytes()
    }
}

/// A structure can also be read from a list of its members; the API means objects only.
fn object(text: &str) -> Result<(), ApiError> {
    if text.trim_ascii_start().starts_with('{') {
        return Ok(());
    }
    match serde_json::from_str::<Value>(text) {
        Ok(_) => Err(ApiError::unreadable("The request must be a JSON object.")),
        Err(error) => Err(unreadable("", &error)),
    }
}

fn unreadable(path: &str, error: &dyn Error) -> ApiError {
    match path {
        "" => ApiError::unreadable(format!("The request cannot be read: {error}")),
        path => ApiError::unreadable(format!("The request cannot be read: {path}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use cutover_wire::api::deployment::ListDeploymentsInput;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for (body, part) in [
            ("{", "EOF while parsing"),
            ("", ""),
            ("null", "must be a JSON object"),
            ("[]", "must be a JSON object"),
            (r#"["a","b"]"#, "must be a JSON object"),
            ("{} x", "trailing characters"),
            (r#"{"applicationName": 5}"#, "applicationName: invalid type: integer `5`, expected a string"),
            (r#"{"createTimeRange": {"start": "x"}}"#, "createTimeRange.start: invalid type: string"),
            (r#"{"includeOnlyStatuses": ["a", 1]}"#, "includeOnlyStatuses[1]: invalid type"),
            (r#"{"nextToken": "a", "nextToken": "b"}"#, "duplicate field"),
            ("\u{feff}{}", "expected value"),
        ] {
            match Json11::decode::<ListDeploymentsInput>(body.as_bytes()) {
                Ok(_) => assert!(part.is_empty(), "{body}"),
                Err(told) => {
                    assert_eq!((told.code, told.status), ("SerializationException", 400));
                    assert!(!part.is_empty() && told.message.contains(part), "{body}: {told}");
                }
            }
        }
        assert!(Json11::decode::<ListDeploymentsInput>(&[b'{', 0xff, b'}']).is_err());
        let deep = format!(r#"{{"x": {}}}"#, "[".repeat(100_000));
        assert!(Json11::decode::<ListDeploymentsInput>(deep.as_bytes()).is_err());
    }
}
