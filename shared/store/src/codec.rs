//! From items to values and back; what can go wrong with the store.

use cutover_ports::table::{Item, TableError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A failed use of the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first: load again.
    #[error("somebody else wrote it first")]
    Conflict,
    /// It may pass; a write may or may not have happened.
    #[error("{0}")]
    Unavailable(String),
    /// It will not pass.
    #[error("{0}")]
    Broken(String),
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Condition(_) => Self::Conflict,
            TableError::Contended | TableError::Unavailable(_) => Self::Unavailable(error.to_string()),
            TableError::Broken(_) => Self::Broken(error.to_string()),
        }
    }
}

/// Reads an item's body.
pub fn decode<T: DeserializeOwned>(item: &Item) -> Result<T, StoreError> {
    serde_json::from_str(&item.body).map_err(|error| {
        StoreError::Broken(format!("read the item {} {}: {error}", item.key.pk, item.key.sk))
    })
}

/// Refuses an item that a newer Cutover wrote: reading it would drop what this one does not know.
pub fn known(item: &Item, found: u16, newest: u16) -> Result<(), StoreError> {
    if found <= newest {
        return Ok(());
    }
    Err(StoreError::Broken(format!(
        "the item {} {} has version {found}; this Cutover knows versions up to {newest}",
        item.key.pk, item.key.sk
    )))
}

/// Writes an item's body.
pub fn encode<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Broken(format!("write an item: {error}")))
}
