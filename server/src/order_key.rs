//! The key that orders to hosts are signed with: a file of the data folder. Hosts pin its public half when they
//! enrol, so that a lost file means that all of them enrol again.

use std::path::Path;

use cutover_access::seal::{FileError, read_private, write_private};
use cutover_ports::clock::Entropy;
use cutover_ports::system::OsEntropy;
use cutover_signing::keys::Signer;

/// The file, in the data folder.
pub const ORDER_FILE: &str = "order-key";

/// The key in this folder, which is made when there is none.
///
/// # Errors
/// When the file cannot be used, or others may read it.
pub fn open(data: &Path) -> Result<Signer, FileError> {
    let file = data.join(ORDER_FILE);
    if let Some(text) = read_private(&file)? {
        return Signer::from_text(&text).ok_or(FileError::Unreadable(file));
    }
    let mut seed = [0; 32];
    let halves = [OsEntropy.bits().to_le_bytes(), OsEntropy.bits().to_le_bytes()];
    seed.copy_from_slice(halves.as_flattened());
    let signer = Signer::from_seed(seed);
    write_private(&file, &signer.to_text())?;
    tracing::info!(file = %file.display(), "made a key for orders");
    Ok(signer)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_nothing_else_is_taken_for_it() {
        let folder = std::env::temp_dir().join(format!("cutover-order-key-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let made = open(&folder).expect("a new one");
        assert_eq!(open(&folder).expect("the same").id(), made.id());
        fs::write(folder.join(ORDER_FILE), "cutover-signing-key-2 AAAA").expect("a file");
        assert!(matches!(open(&folder), Err(FileError::Unreadable(_))));
        fs::remove_dir_all(&folder).expect("no folder");
    }
}
