//! Commits on GitHub: where their archives are, and those that not everybody may read.

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

/// The address of a commit's archive in the API at `api`; `None` for what is no repository (`owner/name`) or no commit.
pub fn tarball(api: &str, repository: &str, commit: &str) -> Option<String> {
    let word = |text: &str| {
        !text.is_empty()
            && !text.contains("..")
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let (owner, name) = repository.split_once('/')?;
    let plain = [owner, name, commit].into_iter().all(word);
    plain.then(|| format!("{}/repos/{repository}/tarball/{commit}", api.trim_end_matches('/')))
}
