//! How orders and reports are written as bytes to be signed, and read again.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of [`Order`](super::order::Order) and [`Report`](super::report::Report) that this code writes and
/// reads.
pub const AGENT_VERSION: u16 = 1;

/// Why signed bytes are no message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Not the JSON that it should be.
    #[error("read the signed message: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by another version.
    #[error("read a signed message of version {0}; this is version {AGENT_VERSION}")]
    Version(u16),
}

/// The bytes to sign.
pub fn to_bytes(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).unwrap_or_default()
}

/// The message whose signature has been checked.
///
/// # Errors
/// When it is of another version or not what it should be.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, MessageError> {
    #[derive(serde::Deserialize)]
    struct Version {
        v: u16,
    }
    let Version { v } = serde_json::from_slice(bytes)?;
    if v != AGENT_VERSION {
        return Err(MessageError::Version(v));
    }
    Ok(serde_json::from_slice(bytes)?)
}
