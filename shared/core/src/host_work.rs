//! What a host is to do: the half of an order that is the same for every host of a deployment.

use serde::{Deserialize, Serialize};

use crate::ids::GroupId;

/// What there is to do on every host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostWork {
    /// The application's name.
    pub application: String,
    /// The group's name.
    pub group: String,
    /// The group's id: hosts keep their files by it.
    pub group_id: GroupId,
    /// What is deployed.
    pub bundle: Bundle,
    /// Its SHA-256 in hexadecimal, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The AppSpec's name in the bundle; absent is the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appspec: Option<String>,
    /// The lifecycle events, in this order.
    pub events: Vec<String>,
    /// `DISALLOW`, `OVERWRITE` or `RETAIN`, unless the AppSpec says it.
    pub file_exists: String,
    /// Whether to go on when a script of the previous revision fails.
    #[serde(default)]
    pub ignore_stop_failures: bool,
    /// `user`, `autoscaling`, `codeDeployRollback`: who made the deployment.
    pub creator: String,
    /// The same was on these hosts before: whoever has the bundle still need not fetch it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reuse: bool,
    /// How many revisions stay on the host; absent is the agent's own setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<u16>,
}

/// Where a bundle is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Bundle {
    /// In S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// `zip`, `tar` or `tgz`.
        bundle_type: String,
        /// Its version, in buckets that have them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Its ETag, without quotes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
    },
    /// A commit on GitHub.
    GitHub {
        /// `owner/name`.
        repository: String,
        /// The commit.
        commit: String,
    },
    /// A file or folder that the host reaches under this path.
    Local {
        /// Absolute.
        path: String,
        /// `zip`, `tar`, `tgz` or `directory`.
        bundle_type: String,
    },
}

impl Bundle {
    /// Whether the same words always mean the same bytes.
    pub fn is_pinned(&self) -> bool {
        match self {
            Self::S3 { version, etag, .. } => version.is_some() || etag.is_some(),
            Self::GitHub { .. } => true,
            Self::Local { .. } => false,
        }
    }
}
