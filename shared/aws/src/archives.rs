//! Archives of commits, brought into S3 for hosts that cannot fetch them from where they are.

mod bitbucket;
mod bucket;
mod code_commit;
mod packed;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::trigger::push::Source;
use cutover_ports::archives::{Archives, Commit};
use cutover_ports::call::CallError;

use crate::object::Object;
use crate::sdk::{Sdk, variable};
use bitbucket::Bitbucket;
use bucket::Bucket;
use code_commit::CodeCommit;

/// How long one commit may take: less than the function has that brings it.
const WITHIN: Duration = Duration::from_secs(45);
/// Where Bitbucket is, unless somebody says otherwise.
const BITBUCKET: &str = "https://bitbucket.org";

/// How much is brought: it is held in memory.
#[derive(Debug, Clone, Copy)]
struct Most {
    /// Files, links and folders of a commit that is packed here.
    entries: usize,
    /// Of an archive, or of the files in one together.
    bytes: usize,
}

const MOST: Most = Most { entries: 5_000, bytes: 64 << 20 };

/// A client for addresses, made at its first request.
type LazyWeb = Arc<OnceLock<crate::web::Web>>;

/// Archives of Bitbucket as Bitbucket packs them, and of CodeCommit, which has none, as they are packed here; into
/// buckets of the configured region. Nothing is loaded before the first call.
#[derive(Debug, Clone)]
pub struct CommitArchives {
    bitbucket: Bitbucket,
    code_commit: CodeCommit,
    bucket: Bucket,
}

impl CommitArchives {
    /// With Bitbucket Cloud, and CodeCommit of the configured region.
    pub fn new(sdk: Sdk) -> Self {
        Self::of(sdk, BITBUCKET, MOST)
    }

    /// The same with Bitbucket at `CUTOVER_BITBUCKET_URL`, if that is set.
    pub fn from_env(sdk: Sdk) -> Self {
        Self::of(sdk, variable("CUTOVER_BITBUCKET_URL").as_deref().unwrap_or(BITBUCKET), MOST)
    }

    fn of(sdk: Sdk, bitbucket: &str, most: Most) -> Self {
        let web = LazyWeb::default();
        Self {
            bitbucket: Bitbucket::new(bitbucket, most, web.clone()),
            code_commit: CodeCommit::new(sdk.clone(), most),
            bucket: Bucket::new(sdk, web),
        }
    }

    async fn fetched(&self, commit: &Commit) -> Result<Vec<u8>, CallError> {
        match commit.source {
            Source::Bitbucket => self.bitbucket.archive(commit).await,
            Source::CodeCommit => self.code_commit.archive(commit).await,
            other => {
                Err(CallError::Refused { message: format!("commits of {other} are not brought into S3") })
            }
        }
    }
}

#[async_trait]
impl Archives for CommitArchives {
    async fn bring(&self, commit: &Commit) -> Result<(), CallError> {
        let bring = async {
            let object = Object { bucket: &commit.bucket, key: &commit.key, version: None };
            if self.bucket.has(object).await? {
                return Ok(());
            }
            self.bucket.put_new(object, self.fetched(commit).await?).await
        };
        let late =
            || CallError::Transient { message: format!("{} took longer than {WITHIN:?}", named(commit)) };
        tokio::time::timeout(WITHIN, bring).await.unwrap_or_else(|_| Err(late()))
    }
}

/// A commit, for people.
fn named(commit: &Commit) -> String {
    format!("commit {} of {} at {}", commit.commit, commit.repository, commit.source)
}

fn too_large(commit: &Commit, most: Most) -> CallError {
    CallError::Refused { message: format!("{} has more than {} bytes", named(commit), most.bytes) }
}

#[cfg(test)]
mod tests;
