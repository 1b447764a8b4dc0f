//! How a use case fails, and the one mapping of that to the API's errors.

use cutover_core::plan::PlanError;
use cutover_driver::driver::DriverError;
use cutover_store::catalog::NameError;
use cutover_store::codec::StoreError;
use cutover_wire::api::error::ApiError;

/// A use case's answer.
pub type Answer<T> = Result<T, ServiceError>;

/// Why a use case did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The caller must change something.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The store failed.
    #[error("use the store: {0}")]
    Store(#[from] StoreError),
    /// The engine failed.
    #[error("signal the deployment: {0}")]
    Driver(#[from] DriverError),
    /// No plan can be made: only wrong settings lead here.
    #[error("plan the deployment: {0}")]
    Plan(#[from] PlanError),
}

impl ServiceError {
    /// As the API tells it. What only an operator can mend is told in the log, not to the caller.
    pub fn into_api(self) -> ApiError {
        match self {
            Self::Refused(error) => error,
            error if error.may_pass() => {
                ApiError::unavailable(format!("Try again in a moment: failed to {error}"))
            }
            _ => ApiError::internal("The request failed inside the service; its log says why."),
        }
    }

    /// Whether the same request may succeed a moment later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Store(error)
            | Self::Driver(
                DriverError::Store { source: error, .. } | DriverError::Group { source: error, .. },
            ) => !matches!(error, StoreError::Broken(_)),
            Self::Driver(DriverError::Queue(_) | DriverError::Contended(_) | DriverError::Together(..)) => {
                true
            }
            Self::Refused(_) | Self::Plan(_) | Self::Driver(DriverError::Message(_)) => false,
        }
    }
}

/// A refusal, ready to be returned from a use case.
pub(crate) fn refuse(code: &'static str, message: impl Into<String>) -> ServiceError {
    ApiError::refused(code, message).into()
}

/// What remains of a naming error once its caller has dealt with the names.
pub(crate) fn store_error(error: NameError) -> ServiceError {
    match error {
        NameError::Store(error) => error.into(),
        NameError::Taken | NameError::Changed => contended(),
    }
}

/// Others kept writing first.
pub(crate) fn contended() -> ServiceError {
    StoreError::Unavailable("somebody else kept writing the same thing first".to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_503_and_what_may_not_is_500_without_details() {
        for (error, code, status) in [
            (ServiceError::from(StoreError::Unavailable("throttled".into())), "ServiceUnavailable", 503),
            (StoreError::Conflict.into(), "ServiceUnavailable", 503),
            (StoreError::Broken("/secret/path".into()).into(), "InternalFailure", 500),
            (PlanError::NoSpeed.into(), "InternalFailure", 500),
            (refuse("XException", "x"), "XException", 400),
        ] {
            let api = error.into_api();
            assert_eq!((api.code, api.status), (code, status));
            assert!(!api.message.contains("/secret"), "{api}");
        }
    }
}
