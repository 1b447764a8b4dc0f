//! A push: something new that may be deployed, as one of the sources tells of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Who tells of pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A branch or tag of an AWS CodeCommit repository.
    CodeCommit,
    /// A branch or tag of a GitHub repository.
    GitHub,
    /// A branch or tag of a Bitbucket repository.
    Bitbucket,
    /// An image in Amazon ECR.
    Ecr,
    /// An object in Amazon S3.
    S3,
    /// A run of an AWS CodePipeline pipeline.
    CodePipeline,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::CodeCommit, Self::GitHub, Self::Bitbucket, Self::Ecr, Self::S3, Self::CodePipeline];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodeCommit => "codecommit",
            Self::GitHub => "github",
            Self::Bitbucket => "bitbucket",
            Self::Ecr => "ecr",
            Self::S3 => "s3",
            Self::CodePipeline => "codepipeline",
        }
    }

    /// The source that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// Whether it can tell by a webhook, which a secret must sign.
    pub fn has_webhook(self) -> bool {
        matches!(self, Self::GitHub | Self::Bitbucket)
    }

    /// Whether hosts cannot fetch from there, so that an archive of the commit is.
    pub fn has_archives(self) -> bool {
        matches!(self, Self::CodeCommit | Self::Bitbucket)
    }

    /// What is known of its pushes besides `time`, `place` and `reference`; with a question mark, what may be absent.
    pub fn facts(self) -> &'static [&'static str] {
        match self {
            Self::CodeCommit | Self::GitHub | Self::Bitbucket => &["repository", "commit", "branch?", "tag?"],
            Self::Ecr => &["repository", "digest", "tag?", "image"],
            Self::S3 => &["bucket", "key", "version?", "etag?", "sequencer?", "bundle?"],
            Self::CodePipeline => &["pipeline", "execution", "state"],
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something new at a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// Who tells of it.
    pub source: Source,
    /// The repository, bucket or pipeline.
    pub place: String,
    /// What of it: `refs/heads/main`, an object's key, an image's tag, a run's state.
    pub reference: String,
    /// Names the event: every delivery of it says the same, and no other event does.
    pub event: String,
    /// When it happened, as the source says.
    pub at: Timestamp,
    /// What else is known, by the names of [`Source::facts`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}
