//! Commits on GitHub that not everybody may read.

use async_trait::async_trait;

use crate::call::CallError;

/// Asks GitHub with a token that leaves the service for nobody else.
#[async_trait]
pub trait GitHub: Send + Sync {
    /// An address at which GitHub gives out the archive of a commit, a tgz, for some minutes. `repository` is `owner/name`.
    ///
    /// # Errors
    /// Gone when there is none that this token shows; Denied when the token is not believed or may not.
    async fn archive(&self, repository: &str, commit: &str, token: &str) -> Result<String, CallError>;
}
