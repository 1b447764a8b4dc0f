//! CloudFormation stacks.

use async_trait::async_trait;

use crate::call::CallError;

/// What CloudFormation says of stacks.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// The status of a stack by its ARN, such as `UPDATE_ROLLBACK_IN_PROGRESS`; [`CallError::Gone`] when there is none.
    async fn status(&self, stack_id: &str) -> Result<String, CallError>;
}
