//! Hook functions on Lambda.

use async_trait::async_trait;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use cutover_ports::call::CallError;
use cutover_ports::hooks::{HookPayload, Hooks};

use crate::error::Fault;
use crate::sdk::Sdk;

/// Hands events to hook functions by an asynchronous invoke. It may arrive twice; the payload's execution
/// id is the same then.
#[derive(Debug, Clone)]
pub struct LambdaHooks {
    sdk: Sdk,
}

impl LambdaHooks {
    /// Hooks of the configured account and region.
    pub fn new(sdk: Sdk) -> Self {
        Self { sdk }
    }
}

#[async_trait]
impl Hooks for LambdaHooks {
    async fn invoke(&self, function: &str, payload: &HookPayload) -> Result<(), CallError> {
        let payload = serde_json::to_vec(payload);
        let payload = payload.map_err(|error| CallError::Refused { message: error.to_string() })?;
        let request = self.sdk.lambda().await.invoke().function_name(function);
        let request = request.invocation_type(InvocationType::Event).payload(Blob::new(payload));
        let answer = request.send().await;
        let what = || format!("hook function {function}");
        answer.map(|_| ()).map_err(|error| Fault::of(&error).into_call_error(what))
    }
}
