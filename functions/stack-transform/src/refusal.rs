//! Why a template is not transformed.

use thiserror::Error;

/// Something in the template that cannot be led through Cutover. The text names the resource and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {reason}")]
pub(crate) struct Refusal {
    /// A logical id, or another place of the template.
    place: String,
    reason: String,
}

impl Refusal {
    pub(crate) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}
