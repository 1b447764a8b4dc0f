//! Calling a function and waiting for what it answers.

use std::time::Duration;

use aws_sdk_lambda::config::{Builder, retry::RetryConfig};
use aws_sdk_lambda::primitives::Blob;
use cutover_ports::call::CallError;

use crate::error::Fault;
use crate::sdk::{Sdk, timeouts};

/// The longest time that an answer is waited for: what an HTTP front end would allow the function.
const ANSWER: Duration = Duration::from_secs(30);

/// Invokes functions, once each: the request may not be one that can be repeated, and whoever sent it
/// knows better.
#[derive(Debug, Clone)]
pub struct FunctionInvoker {
    sdk: Sdk,
}

impl FunctionInvoker {
    /// Functions of the configured account and region.
    pub fn new(sdk: Sdk) -> Self {
        Self { sdk }
    }

    /// Hands `payload` to a function (name or ARN, with a version or alias behind a colon if wanted) and
    /// returns its answer. A function that crashed, failed or ran out of time is
    /// [`CallError::Transient`] with its own words.
    pub async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let once =
            Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts(ANSWER, ANSWER));
        let request = self.sdk.lambda().await.invoke().function_name(function).payload(Blob::new(payload));
        let answer = request.customize().config_override(once).send().await;
        let what = || format!("function {function}");
        let answer = answer.map_err(|error| Fault::of(&error).into_call_error(what))?;
        let body = answer.payload.map(Blob::into_inner).unwrap_or_default();
        match answer.function_error {
            None => Ok(body),
            Some(kind) => Err(CallError::Transient { message: failure(function, &kind, &body) }),
        }
    }
}

fn failure(function: &str, kind: &str, body: &[u8]) -> String {
    let words = serde_json::from_slice::<serde_json::Value>(body).ok();
    let words = words.as_ref().and_then(|value| value.get("errorMessage")?.as_str());
    match words {
        Some(words) => format!("function {function} failed ({kind}): {words}"),
        None => format!("function {function} failed ({kind})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_function_is_quoted() {
        for (body, text) in [
            (&br#"{"errorMessage":"no table"}"#[..], "function f failed (Unhandled): no table"),
            (br#"{"errorType":"x"}"#, "function f failed (Unhandled)"),
            (b"not JSON", "function f failed (Unhandled)"),
        ] {
            assert_eq!(failure("f", "Unhandled", body), text);
        }
    }
}
