//! Pipelines of CodePipeline, and the jobs that they give to functions.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use crate::call::CallError;
use crate::host_access::Lent;

/// What kind of failure a job met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It was carried out, and did not succeed.
    JobFailed,
    /// The pipeline, or what it deploys, is not as it has to be.
    ConfigurationError,
    /// A permission is missing.
    PermissionError,
    /// What is to be deployed is not there.
    RevisionUnavailable,
    /// It could not be carried out now.
    SystemUnavailable,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::JobFailed,
        Self::ConfigurationError,
        Self::PermissionError,
        Self::RevisionUnavailable,
        Self::SystemUnavailable,
    ];

    /// As CodePipeline spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobFailed => "JobFailed",
            Self::ConfigurationError => "ConfigurationError",
            Self::PermissionError => "PermissionError",
            Self::RevisionUnavailable => "RevisionUnavailable",
            Self::SystemUnavailable => "SystemUnavailable",
        }
    }
}

/// How far a job is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// In words, at most 2,048 characters.
    pub summary: String,
    /// What it led to: a deployment's id.
    pub execution: Option<String>,
    /// 0..=100.
    pub percent: Option<u8>,
}

/// What CodePipeline is told of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobResult {
    /// It goes on: CodePipeline asks again, with this token (at most 2,048 characters).
    Continue {
        /// For the next job.
        token: String,
        /// How far it is.
        progress: Progress,
    },
    /// It has succeeded.
    Success {
        /// How it ended.
        progress: Progress,
        /// For later actions of the pipeline.
        variables: BTreeMap<String, String>,
    },
    /// It has failed.
    Failure {
        /// How.
        kind: FailureKind,
        /// Why, at most 5,000 characters.
        message: String,
        /// What it led to, if it did.
        execution: Option<String>,
    },
}

/// Tells CodePipeline.
#[async_trait]
pub trait Pipelines: Send + Sync {
    /// Puts the result of a job.
    ///
    /// # Errors
    /// [`CallError::Gone`] when there is no such job, or nobody waits for it any more.
    async fn put(&self, job: &str, result: &JobResult) -> Result<(), CallError>;
}

/// Reads the artifacts of pipelines, with the credentials that come with a job.
#[async_trait]
pub trait Artifacts: Send + Sync {
    /// A whole object of at most so many bytes. Unlike other calls it may take half a minute.
    ///
    /// # Errors
    /// [`CallError::Gone`] when it is not there, [`CallError::Refused`] when it is larger.
    async fn read(
        &self,
        bucket: &str,
        key: &str,
        credentials: &Lent,
        most_bytes: usize,
    ) -> Result<Vec<u8>, CallError>;
}

/// Task definitions of ECS.
#[async_trait]
pub trait TaskDefinitions: Send + Sync {
    /// Registers the input of RegisterTaskDefinition as a new revision; gives its ARN.
    ///
    /// # Errors
    /// When ECS refuses it, or cannot be reached.
    async fn register(&self, definition: &Value) -> Result<String, CallError>;
}
