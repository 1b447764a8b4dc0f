//! A temporary folder, for the user alone.

use std::cell::Cell;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::view::clock;

/// A folder that goes away with this value unless it is kept.
pub(crate) struct Folder {
    path: PathBuf,
    kept: Cell<bool>,
}

impl Folder {
    /// A new one where temporary files go.
    pub(crate) fn new() -> Result<Self, Failure> {
        let name = format!("cutover-demo-{}-{}", std::process::id(), clock::now().as_millis());
        let path = std::env::temp_dir().join(name);
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| trouble(&path, &error))?;
        Ok(Self { path, kept: Cell::new(false) })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it behind.
    pub(crate) fn keep(&self) {
        self.kept.set(true);
    }

    /// Writes a shell script that can be executed.
    pub(crate) fn script(&self, name: &str, body: &str) -> Result<PathBuf, Failure> {
        let path = self.path.join(name);
        let written = fs::write(&path, format!("#!/bin/sh\n{body}"))
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o700)));
        written.map_err(|error| trouble(&path, &error))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept.get() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn trouble(path: &Path, error: &io::Error) -> Failure {
    Failure::advised(
        format!("{} cannot be written: {error}", path.display()),
        "TMPDIR names the folder for temporary files.",
    )
}

/// A path as one word of a shell script.
pub(crate) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_away() {
        let folder = Folder::new().expect("a folder");
        let script = folder.script("hello", "echo hello\n").expect("a script");
        let output = std::process::Command::new(&script).output().expect("it runs");
        assert_eq!(output.stdout, b"hello\n");
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn paths_are_one_word() {
        assert_eq!(quoted(Path::new("/tmp/it's here")), r"'/tmp/it'\''s here'");
    }
}
