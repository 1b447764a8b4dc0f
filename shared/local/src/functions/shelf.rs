//! The directory of published versions: `DATA/functions/NAME/VERSION/FILE`.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::FunctionError;

/// Where published executables lie.
#[derive(Debug)]
pub(crate) struct Shelf {
    root: PathBuf,
}

impl Shelf {
    pub(crate) fn new(data: &Path) -> Self {
        // Functions run elsewhere, so the path must not depend on where the server was started.
        let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
        Self { root: data.join("functions") }
    }

    pub(crate) fn path(&self, function: &str, version: &str, file: &str) -> PathBuf {
        self.root.join(function).join(version).join(file)
    }

    /// The directory itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Copies the command; returns its file name. What a crash left of the same version is replaced.
    pub(crate) fn publish(
        &self,
        function: &str,
        version: &str,
        command: &Path,
    ) -> Result<String, FunctionError> {
        let fail = |why: String| FunctionError::Command { path: command.to_owned(), why };
        let meta = fs::metadata(command).map_err(|error| fail(error.to_string()))?;
        if !meta.is_file() {
            return Err(fail("it is not a file".to_owned()));
        }
        if meta.permissions().mode() & 0o111 == 0 {
            return Err(fail("it is not executable".to_owned()));
        }
        let file = command.file_name().and_then(|name| name.to_str()).unwrap_or("command").to_owned();
        self.copy(function, version, &file, command).map_err(|error| fail(error.to_string()))?;
        Ok(file)
    }

    fn copy(&self, function: &str, version: &str, file: &str, command: &Path) -> io::Result<()> {
        let (all, incoming) = (self.root.join(function), self.root.join(function).join(".incoming"));
        let place = all.join(version);
        for leftover in [&incoming, &place] {
            match fs::remove_dir_all(leftover) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::create_dir_all(&incoming)?;
        let copy = incoming.join(file);
        fs::copy(command, &copy)?;
        fs::set_permissions(&copy, Permissions::from_mode(0o555))?;
        File::open(&copy)?.sync_all()?;
        fs::rename(&incoming, &place)?;
        File::open(&all)?.sync_all()
    }
}
