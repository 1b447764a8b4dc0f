//! What became of a push: exactly one of these, and only a waiting one changes once more.

use serde::{Deserialize, Serialize};

use crate::ids::DeploymentId;

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was deployed.
    Created(DeploymentId),
    /// It waits until its group is free.
    Waiting,
    /// Something newer is, or will be, deployed in its place.
    Superseded(String),
    /// It cannot be deployed, for this reason.
    Refused(String),
}

impl Outcome {
    /// In one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created(_) => "Created",
            Self::Waiting => "Waiting",
            Self::Superseded(_) => "Superseded",
            Self::Refused(_) => "Refused",
        }
    }
}
