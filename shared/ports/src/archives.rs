//! Archives of commits, for sources that hosts cannot fetch from.

use std::fmt;

use async_trait::async_trait;
use cutover_core::trigger::push::Source;

use crate::call::CallError;

/// A commit, and where its archive belongs.
#[derive(Clone, PartialEq, Eq)]
pub struct Commit {
    /// Who has it: CodeCommit or Bitbucket.
    pub source: Source,
    /// `name`; of Bitbucket `workspace/name`.
    pub repository: String,
    /// Its id.
    pub commit: String,
    /// Reads the repository, if it is not public. No log shows it.
    pub token: Option<String>,
    /// The bucket for the archive.
    pub bucket: String,
    /// The key for the archive, a zip: it has the commit's id in it.
    pub key: String,
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, repository, commit, token, bucket, key } = self;
        let token = token.as_ref().map(|_| "…");
        write!(f, "{source} {repository} {commit} (token {token:?}) to s3://{bucket}/{key}")
    }
}

/// Brings archives of commits into S3.
#[async_trait]
pub trait Archives: Send + Sync {
    /// Sees to it that the archive is there. One that is there already is not fetched again.
    ///
    /// # Errors
    /// Gone when there is no such commit; Denied or Refused when somebody has to change something first.
    async fn bring(&self, commit: &Commit) -> Result<(), CallError>;
}
