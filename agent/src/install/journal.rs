//! The journal of an install: `<group>-install.journal`, there as long as an install has not ended.
//!
//! Its first line is the plan as JSON, `{"v":1,…}`; a line `staging` follows when room has been made for new
//! directories, at once if none is needed, a line `switching` before the previous version changes, and a line `done` after the last step. An undo that has taken everything new away writes
//! `restoring` before it puts back what had to make room: from then on, the new places lead to old files.
//! Each line is on disk before the agent goes on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::layout;

use super::error::{At, InstallError, or_missing};
use super::plan::{Plan, VERSION};

/// How far an install has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// What is where a new directory belongs is moved out of the way; nothing new is there.
    Clearing,
    /// New files are written beside their places.
    Staging,
    /// The previous version changes.
    Switching,
    /// Every step is done.
    Done,
    /// Everything new has been taken away again.
    Restoring,
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    phase: Phase,
}

impl Journal {
    pub(super) fn create(path: &Path, plan: &Plan) -> Result<Self, InstallError> {
        const WHAT: &str = "cannot be written";
        let phase = if plan.room() == 0 { Phase::Staging } else { Phase::Clearing };
        let written = layout::replace_by(path, |file| {
            serde_json::to_writer(&mut *file, plan)?;
            file.write_all(if phase == Phase::Staging { b"\nstaging\n" } else { b"\n" })
        });
        written.at(path, WHAT)?;
        Self::open(path, phase)
    }

    fn open(path: &Path, phase: Phase) -> Result<Self, InstallError> {
        let file = OpenOptions::new().append(true).open(path).at(path, "cannot be written")?;
        Ok(Self { path: path.to_owned(), file, phase })
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn staging(&mut self) -> Result<(), InstallError> {
        self.phase = Phase::Staging;
        self.line("staging\n")
    }

    pub(super) fn switching(&mut self) -> Result<(), InstallError> {
        self.phase = Phase::Switching;
        self.line("switching\n")
    }

    pub(super) fn restoring(&mut self) -> Result<(), InstallError> {
        self.phase = Phase::Restoring;
        self.line("restoring\n")
    }

    pub(super) fn done(&mut self) -> Result<(), InstallError> {
        self.line("done\n")?;
        self.phase = Phase::Done;
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), InstallError> {
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.at(&self.path, "cannot be written")
    }
}

/// The plan and its journal, which knows how far it came; `None` when no install is under way.
pub(super) fn read(path: &Path) -> Result<Option<(Plan, Journal)>, InstallError> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.at(path, "cannot be read")?,
    };
    let refuse = |problem: String| InstallError::Journal { path: path.to_owned(), problem };
    let broken = |error| {
        refuse(format!("cannot be understood ({error}). Restore it, or remove it and the files it names."))
    };
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let version: Version = serde_json::from_str(first).map_err(broken)?;
    if version.v > VERSION {
        return Err(refuse(format!(
            "has version {}; this agent knows {VERSION}. Use a newer agent.",
            version.v
        )));
    }
    let plan = serde_json::from_str(first).map_err(broken)?;
    // A line without its end was never relied on.
    let whole = rest.rfind('\n').map_or("", |end| &rest[..end]);
    let phase = match whole.rsplit('\n').next() {
        Some("staging") => Phase::Staging,
        Some("switching") => Phase::Switching,
        Some("done") => Phase::Done,
        Some("restoring") => Phase::Restoring,
        _ => Phase::Clearing,
    };
    Ok(Some((plan, Journal::open(path, phase)?)))
}

/// The install has ended.
pub(super) fn remove(path: &Path) -> Result<(), InstallError> {
    or_missing(fs::remove_file(path)).at(path, "cannot be removed")
}
