//! Requests of AWS's JSON 1.1 protocol, for services of which one or two operations are called.

use serde_json::Value;

use crate::caller::{Caller, Place};
use crate::error::Fault;
use crate::sdk::Sdk;

/// A service that speaks it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// How it is found.
    pub(crate) place: Place,
    /// What its operations begin with.
    pub(crate) target: &'static str,
}

/// Calls a service. Cheap to clone; nothing is loaded before the first call.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    caller: Caller,
    target: &'static str,
}

impl Client {
    pub(crate) fn new(sdk: Sdk, Service { place, target }: Service) -> Self {
        Self { caller: Caller::new(sdk, place), target }
    }

    /// The same for answers of up to so many bytes.
    #[cfg(feature = "archives")]
    pub(crate) fn up_to(self, most_bytes: usize) -> Self {
        Self { caller: self.caller.up_to(most_bytes), ..self }
    }

    /// Calls an operation once, in the configured region.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub(crate) async fn call(&self, action: &str, input: &Value) -> Result<Value, Fault> {
        let target = format!("{}.{action}", self.target);
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let answer = self.caller.post(None, &headers, input.to_string().into_bytes()).await?;
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 {
            return Ok(told);
        }
        // With or without a namespace in front.
        let code = told["__type"].as_str().map(|code| code.rsplit('#').next().unwrap_or(code));
        let words = told["message"].as_str().or(told["Message"].as_str());
        Err(Fault::answered(answer.status, code, words, ""))
    }
}
