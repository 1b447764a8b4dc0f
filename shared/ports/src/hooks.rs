//! Lifecycle event hooks.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::call::CallError;

/// What a hook is told: exactly these two members (behaviour: Lambda, hook payload).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HookPayload {
    /// The deployment.
    pub deployment_id: String,
    /// What to answer with.
    pub lifecycle_event_hook_execution_id: String,
}

/// Hands events to hook functions.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// Hands the payload over and does not wait for the function to run: the answer comes by the API.
    async fn invoke(&self, function: &str, payload: &HookPayload) -> Result<(), CallError>;
}
