//! Files with secrets, which nobody but their owner may read.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::master::Master;

/// Why a secret file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refuses.
    #[error("use {}: {source}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read it.
    #[error("{} can be read by others: chmod 600 it, and revoke the keys if somebody has", .0.display())]
    Open(PathBuf),
    /// It holds something else.
    #[error("{} does not hold what it must; restore it from a backup", .0.display())]
    Unreadable(PathBuf),
}

impl Master {
    /// The master key in this file, which is made when there is none.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let text = match read_private(path)? {
            Some(text) => text,
            None => {
                let text = Self::made();
                write_private(path, &text)?;
                text
            }
        };
        Self::read(&text).ok_or_else(|| FileError::Unreadable(path.to_owned()))
    }
}

/// The text of a file that only its owner may read; absent if there is no such file.
pub fn read_private(path: &Path) -> Result<Option<String>, FileError> {
    let io = |source| FileError::Io { path: path.to_owned(), source };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(error)),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => Err(FileError::Open(path.to_owned())),
        Ok(_) => fs::read_to_string(path).map(Some).map_err(io),
    }
}

/// Writes a file that only its owner may read, whole or not at all, and durably.
pub fn write_private(path: &Path, text: &str) -> Result<(), FileError> {
    let io = |source| FileError::Io { path: path.to_owned(), source };
    let part = path.with_extension("part");
    // What an earlier try left may have other permissions.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
    fs::rename(&part, path).map_err(io)?;
    match path.parent() {
        Some(folder) => fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_and_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("cutover-seal-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("master-key");
        let sealed = Master::open(&path).expect("a new one").seal("id", "s");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        let again = Master::open(&path).expect("the same");
        assert_eq!(again.open_sealed("id", &sealed).as_deref(), Some("s"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("chmod");
        assert!(Master::open(&path).is_err_and(|e| e.to_string().contains("chmod 600")));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        fs::write(&path, "cutover-master-key-2 AAAA").expect("a file");
        assert!(matches!(Master::open(&path), Err(FileError::Unreadable(_))));
        fs::remove_dir_all(&folder).expect("no folder");
    }
}
