//! The key that orders to hosts are signed with, and the ones before it: a file of the data folder. Hosts pin the
//! public half when they enrol and follow the announcements from there, so that a lost file means that all of them
//! enrol again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cutover_core::access::Access;
use cutover_ports::system::OsEntropy;
use cutover_seal::file::{FileError, read_private, write_private};
use cutover_signing::handover::{Current, OrderKeys};
use cutover_signing::keys::Signer;
use cutover_wire::api::agent::{GetOrderKeysOutput, RotateOrderKeyOutput};
use cutover_wire::api::error::ApiError;
use serde_json::{Value, json};

/// The file, in the data folder.
pub const ORDER_FILE: &str = "order-key";
/// The operation that hosts follow the key with.
const GET: &str = "GetOrderKeys";
/// The operation that makes the next key.
const ROTATE: &str = "RotateOrderKey";

/// The operation's name in the program and what it demands; nothing when it is not one of these.
pub(crate) fn demand(name: &str) -> Option<(&'static str, Access)> {
    [(GET, Access::Begin), (ROTATE, Access::Operate)].into_iter().find(|(known, _)| *known == name)
}

/// The file and what it holds.
#[derive(Debug)]
pub struct OrderKeyFile {
    path: PathBuf,
    current: Arc<Current>,
    /// One change at a time.
    turn: Mutex<()>,
}

impl OrderKeyFile {
    /// The keys in this folder; the first is made when there is none.
    ///
    /// # Errors
    /// When the file cannot be used, or others may read it.
    pub fn open(data: &Path) -> Result<Self, FileError> {
        let path = data.join(ORDER_FILE);
        let keys = match read_private(&path)? {
            Some(text) => OrderKeys::from_text(&text).ok_or_else(|| FileError::Unreadable(path.clone()))?,
            None => {
                let keys = OrderKeys::new(Signer::from_seed(OsEntropy.key()));
                write_private(&path, &keys.to_text())?;
                tracing::info!(file = %path.display(), "made a key for orders");
                keys
            }
        };
        Ok(Self { path, current: Current::new(keys), turn: Mutex::new(()) })
    }

    /// What is signed with now, for everybody who signs.
    pub fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current)
    }

    /// Makes the next key. It is on the disk before anything is signed with it.
    fn rotate(&self) -> Result<String, FileError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.current.get().next(OsEntropy.key());
        write_private(&self.path, &next.to_text())?;
        let id = next.signer().id().to_owned();
        self.current.set(next);
        tracing::info!(key = id, "orders are signed with a new key");
        Ok(id)
    }

    /// Performs an operation that [`demand`] knows.
    pub(crate) async fn perform(&self, name: &str) -> Result<Value, ApiError> {
        if name == GET {
            return Ok(json!(GetOrderKeysOutput {
                announcements: self.current.get().announcements().to_vec()
            }));
        }
        let key_id = self.rotate().map_err(|error| {
            tracing::error!(%error, "the key of orders stays");
            ApiError::internal("The next key cannot be written; the service's log says why.")
        })?;
        Ok(json!(RotateOrderKeyOutput { key_id }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_key_is_made_once_gives_way_and_nothing_else_is_taken_for_it() {
        let folder = std::env::temp_dir().join(format!("cutover-order-key-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let id = |file: &OrderKeyFile| file.current().get().signer().id().to_owned();
        let made = OrderKeyFile::open(&folder).expect("a new one");
        let first = id(&made);
        assert_eq!(id(&OrderKeyFile::open(&folder).expect("the same")), first);
        let next = made.rotate().expect("the next one");
        let again = OrderKeyFile::open(&folder).expect("the next one");
        assert!(next != first && id(&made) == next && id(&again) == next);
        assert_eq!(again.current().get().announcements().len(), 1);
        fs::write(folder.join(ORDER_FILE), "cutover-signing-key-2 AAAA").expect("a file");
        assert!(matches!(OrderKeyFile::open(&folder), Err(FileError::Unreadable(_))));
        fs::remove_dir_all(&folder).expect("no folder");
    }
}
