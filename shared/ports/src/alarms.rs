//! Alarms.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::call::CallError;

/// How an alarm stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmState {
    /// Fine.
    Ok,
    /// Stop everything that it guards.
    Alarm,
    /// It cannot tell.
    InsufficientData,
}

/// Reads alarms.
#[async_trait]
pub trait Alarms: Send + Sync {
    /// The states of those alarms that exist; a name that is missing from the answer does not exist.
    async fn states(&self, names: &[String]) -> Result<BTreeMap<String, AlarmState>, CallError>;
}
