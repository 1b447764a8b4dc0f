//! Secrets that the service keeps for itself.

use async_trait::async_trait;

use crate::call::CallError;

/// Keeps short secret texts under names.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of that name, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn read(&self, name: &str) -> Result<Option<String>, CallError>;

    /// Keeps a secret, unless there is one of that name already: whoever is second finds the first one's.
    ///
    /// # Errors
    /// When it cannot be kept.
    async fn create(&self, name: &str, secret: &str) -> Result<(), CallError>;

    /// Keeps a secret in the place of the one that is there.
    ///
    /// # Errors
    /// When it cannot be kept.
    async fn replace(&self, name: &str, secret: &str) -> Result<(), CallError>;
}

/// Keeps secrets that are stored from those who read the table.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// The secret, sealed for the place that it is stored at; the result is of no use at any other.
    ///
    /// # Errors
    /// When the key cannot be had.
    async fn seal(&self, place: &str, secret: &str) -> Result<String, CallError>;

    /// What was sealed for that place; nothing when it was sealed for another one or with another key.
    ///
    /// # Errors
    /// When the key cannot be had.
    async fn open(&self, place: &str, sealed: &str) -> Result<Option<String>, CallError>;
}
