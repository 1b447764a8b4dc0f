//! What the API answers when it refuses or fails.

/// An error as the API spells it: a name, a sentence, and an HTTP status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The exception's name, such as `DeploymentLimitExceededException`: the body's `__type`.
    pub code: &'static str,
    /// A sentence for a person; some clients match parts of it.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

impl ApiError {
    /// The caller must change something (behaviour: wire protocol, errors are HTTP 400).
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), status: 400 }
    }

    /// The request cannot be read: no JSON, or a member of the wrong type.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self::refused("SerializationException", message)
    }

    /// The service failed, and trying again will not help.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { code: "InternalFailure", message: message.into(), status: 500 }
    }

    /// The service failed, and trying again may help: clients do so by themselves.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { code: "ServiceUnavailable", message: message.into(), status: 503 }
    }
}
