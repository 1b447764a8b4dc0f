//! Why a job could not be carried out.

use cutover_ports::call::CallError;
use cutover_ports::pipelines::FailureKind;
use cutover_service::error::ServiceError;
use cutover_store::codec::StoreError;
use cutover_wire::api::error::ApiError;
use thiserror::Error;

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Trouble {
    /// Somebody has to change something: the job has failed.
    #[error("{1}")]
    Refused(FailureKind, String),
    /// It may pass: the pipeline's next job tries again.
    #[error("{0}")]
    Passing(String),
}

impl Trouble {
    /// The pipeline, or what it deploys, has to be changed.
    pub(crate) fn configuration(why: impl Into<String>) -> Self {
        Self::Refused(FailureKind::ConfigurationError, why.into())
    }
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        // The pipeline is as it has to be: the group is busy, or there are too many deployments.
        let kind = match error.code {
            "DeploymentLimitExceededException" => FailureKind::JobFailed,
            _ => FailureKind::ConfigurationError,
        };
        Self::Refused(kind, format!("{}: {}", error.code, error.message))
    }
}

impl From<ServiceError> for Trouble {
    fn from(error: ServiceError) -> Self {
        if error.may_pass() { Self::Passing(error.to_string()) } else { error.into_api().into() }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        let kind = match &error {
            CallError::Gone { .. } => FailureKind::RevisionUnavailable,
            CallError::Denied { .. } => FailureKind::PermissionError,
            CallError::Refused { .. } => FailureKind::ConfigurationError,
            CallError::Conflict | CallError::Transient { .. } => return Self::Passing(error.to_string()),
        };
        Self::Refused(kind, error.to_string())
    }
}
