//! Lambda aliases.

use async_trait::async_trait;
use cutover_core::alias::{AliasRef, AliasState};

use crate::call::CallError;

/// An alias as read: what it points at, and the revision to name when changing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasReading {
    /// What it points at.
    pub state: AliasState,
    /// Changes with every write, whoever wrote.
    pub revision_id: String,
}

/// Reads and sets aliases.
#[async_trait]
pub trait FunctionAliases: Send + Sync {
    /// Reads an alias; [`CallError::Gone`] when function or alias do not exist.
    async fn read(&self, alias: &AliasRef) -> Result<AliasReading, CallError>;

    /// Brings the alias to `set` if its revision is still `revision_id`, else [`CallError::Conflict`].
    async fn set(&self, alias: &AliasRef, set: &AliasState, revision_id: &str) -> Result<(), CallError>;

    /// Sees that a published version exists; [`CallError::Gone`] when it does not.
    async fn version_exists(&self, function: &str, version: &str) -> Result<(), CallError>;
}
