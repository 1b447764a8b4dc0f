//! Invoking a lifecycle event hook.

use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::queue::QueueName;
use cutover_ports::hooks::{HookPayload, Hooks};

use super::alias::unanswered;
use crate::phase::{Phase, not_mine};

/// Hands the hook its two members. The answer comes later, by the API.
pub async fn invoke(hooks: &dyn Hooks, function: &str, deployment_id: &str, execution_id: &str) -> Outcome {
    let payload = HookPayload {
        deployment_id: deployment_id.to_owned(),
        lifecycle_event_hook_execution_id: execution_id.to_owned(),
    };
    match hooks.invoke(function, &payload).await {
        Ok(()) => Outcome::HookInvoked,
        Err(error) => unanswered(error),
    }
}

/// The phase of a queue whose function invokes hooks.
pub struct HookPhase {
    queue: QueueName,
    hooks: Arc<dyn Hooks>,
}

impl HookPhase {
    /// For this queue, over these hooks.
    pub fn new(queue: QueueName, hooks: Arc<dyn Hooks>) -> Self {
        Self { queue, hooks }
    }
}

#[async_trait]
impl Phase for HookPhase {
    fn queue(&self) -> QueueName {
        self.queue
    }

    async fn perform(&self, act: &Act) -> Outcome {
        match act {
            Act::InvokeHook { function, deployment_id, execution_id } => {
                invoke(self.hooks.as_ref(), function, deployment_id, execution_id).await
            }
            other => not_mine(self.queue, other),
        }
    }
}
