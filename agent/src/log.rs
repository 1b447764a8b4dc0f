//! Logs of scripts: the deployment's own and the one of all deployments.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::clock;

/// A log file is put aside when it has this many bytes (64 MiB) …
const ROTATE: u64 = 64 << 20;
/// … and so many of those are kept.
const KEPT: u32 = 8;

/// Both logs of a deployment, open.
#[derive(Debug)]
pub struct Log {
    deployment: String,
    own: Rotated,
    all: Rotated,
}

impl Log {
    /// Opens them, and makes the directories that they are in.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub fn open(deployment: &str, own: &Path, all: &Path) -> io::Result<Self> {
        Ok(Self { deployment: deployment.to_owned(), own: Rotated::open(own)?, all: Rotated::open(all)? })
    }

    /// Writes a line, `YYYY-mm-dd HH:MM:SS line` and `[YYYY-mm-dd HH:MM:SS.mmm] [deployment]line`. A full
    /// disk does not fail the deployment here.
    pub fn line(&mut self, line: &str) {
        let (time, millis) = clock::stamp(SystemTime::now());
        let _ = self.own.write(&format!("{time} {line}\n"));
        let _ = self.all.write(&format!("[{time}.{millis:03}] [{}]{line}\n", self.deployment));
    }
}

/// A log file that is put aside when it is full.
#[derive(Debug)]
pub(crate) struct Rotated {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Rotated {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes })
    }

    pub(crate) fn write(&mut self, line: &str) -> io::Result<()> {
        if self.bytes >= ROTATE {
            for number in (1..KEPT).rev() {
                let _ = fs::rename(self.numbered(number), self.numbered(number + 1));
            }
            fs::rename(&self.path, self.numbered(1))?;
            *self = Self::open(&self.path)?;
        }
        self.bytes += line.len() as u64;
        self.file.write_all(line.as_bytes())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_logs_are_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/scripts.log");
        let mut log = Rotated::open(&path).unwrap();
        log.write("one\n").unwrap();
        log.bytes = ROTATE;
        log.write("two\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
        assert_eq!(fs::read_to_string(path.with_extension("log.1")).unwrap(), "one\n");
    }
}
