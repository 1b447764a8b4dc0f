//! Dead letters.

use cutover_core::time::Timestamp;

/// A message that was delivered too often without being deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its body.
    pub body: String,
    /// How often it was delivered.
    pub receive_count: u32,
    /// When it was given up.
    pub dead_at: Timestamp,
}
