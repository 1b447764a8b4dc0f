//! How an outside call fails.

/// A failed outside call, sorted by what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The thing does not exist.
    #[error("{what} does not exist")]
    Gone {
        /// Which thing, in words.
        what: String,
    },
    /// Somebody changed it between our reading and our writing.
    #[error("it was changed in between")]
    Conflict,
    /// The caller may not do it: a permission is missing.
    #[error("{message}")]
    Denied {
        /// The service's words.
        message: String,
    },
    /// Trying again cannot help: the request is one that the service does not accept.
    #[error("{message}")]
    Refused {
        /// The service's words.
        message: String,
    },
    /// Trying again may help: throttling, timeout, server fault, lost answer.
    #[error("{message}")]
    Transient {
        /// The service's words.
        message: String,
    },
}
