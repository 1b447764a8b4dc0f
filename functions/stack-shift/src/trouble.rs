//! Why a request could not be carried out.

use cutover_ports::call::CallError;
use cutover_service::error::ServiceError;
use cutover_store::codec::StoreError;
use cutover_wire::api::error::ApiError;
use thiserror::Error;

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Trouble {
    /// Somebody has to change something: CloudFormation is told so.
    #[error("{0}")]
    Refused(String),
    /// It may pass: the request is tried again.
    #[error("{0}")]
    Passing(String),
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self::Refused(format!("{}: {}", error.code, error.message))
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
        match error {
            CallError::Conflict | CallError::Transient { .. } => Self::Passing(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}
