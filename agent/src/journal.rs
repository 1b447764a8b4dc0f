//! What an agent must not forget: `<root>/ongoing-deployment/orders.journal`, on disk before the agent goes on.
//!
//! It holds the order at work, the results of the last ones, where each group stands, and the reports that the
//! queue has not taken yet: a few kilobytes, so that writing all of it costs as much as writing any of it. Each
//! line of the file is all of it, as JSON; the last one counts. A line is added, which takes a third of the time
//! that replacing the file takes, until there are many.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{EventResult, Report};
use serde::{Deserialize, Serialize};

use crate::layout;

/// The version that this code writes and reads.
const VERSION: u32 = 1;
/// Results that are remembered at most. Groups are not counted: a host is in few.
const MOST: usize = 16;
/// A file with more bytes is replaced (256 KiB).
const LONG: u64 = 256 << 10;

/// The agent's memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    v: u32,
    /// The order at work.
    pub current: Option<Current>,
    /// Reports that wait to be sent, the oldest first.
    pub outbox: Vec<Report>,
    done: VecDeque<Report>,
    groups: BTreeMap<String, Standing>,
}

/// An order at work. The last of its events is the one that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Current {
    /// What to do.
    pub order: Order,
    /// Those that have begun.
    pub events: Vec<EventResult>,
    /// The number of the last report.
    pub seq: u32,
}

/// The newest order of a group that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    order: String,
    generation: u64,
    segment: u8,
    attempt: u16,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk.
    #[error("the journal {path} cannot be read: {error}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another version, or not a journal at all.
    #[error(
        "the journal {path} cannot be understood ({problem}). Use the agent that wrote it, or move it away: orders that it knows of may then be carried out once more."
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Default for Journal {
    fn default() -> Self {
        Self { v: VERSION, current: None, outbox: Vec::new(), done: VecDeque::new(), groups: BTreeMap::new() }
    }
}

impl Journal {
    /// The journal in a file; an empty one if there is no file.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read.map_err(|error| JournalError::Disk { path: path.to_owned(), error })?,
        };
        let broken = |problem: String| JournalError::Broken { path: path.to_owned(), problem };
        // What follows the last end of a line was never relied on.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(&text[..0], |end| &text[..end]);
        let last = whole.rsplit(|byte| *byte == b'\n').next();
        let last = last.filter(|line| !line.is_empty()).ok_or_else(|| broken("it is empty".to_owned()))?;
        let Version { v } = serde_json::from_slice(last).map_err(|error| broken(error.to_string()))?;
        if v != VERSION {
            return Err(broken(format!("it has version {v}, this agent knows {VERSION}")));
        }
        serde_json::from_slice(last).map_err(|error| broken(error.to_string()))
    }

    /// The final report of an order that was carried out.
    pub fn done(&self, order: &str) -> Option<&Report> {
        self.done.iter().find(|report| report.order == order)
    }

    /// The order accepted since, or the very same, that makes this one too late: of a later deployment of the
    /// group, or of a later attempt at it.
    pub fn overtaken_by(&self, order: &Order) -> Option<&str> {
        let known = self.groups.get(order.work.group_id.as_str())?;
        let (known_seat, seat) = ((known.segment, known.attempt), (order.seat.segment, order.seat.attempt));
        let older = order.generation < known.generation
            || order.generation == known.generation && seat.0 <= known_seat.0 && seat.1 <= known_seat.1;
        older.then_some(known.order.as_str())
    }

    /// The order was accepted.
    pub(crate) fn note(&mut self, order: &Order) {
        let standing = Standing {
            order: order.id.clone(),
            generation: order.generation,
            segment: order.seat.segment,
            attempt: order.seat.attempt,
        };
        self.groups.insert(order.work.group_id.as_str().to_owned(), standing);
    }

    /// The order was carried out.
    pub(crate) fn finish(&mut self, report: Report) {
        self.done.push_back(report);
        if self.done.len() > MOST {
            self.done.pop_front();
        }
    }
}

/// The journal's file.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    /// Open once it was replaced; how many bytes it has.
    open: Option<(File, u64)>,
}

impl JournalFile {
    /// The file at a path.
    pub fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the journal; it is on disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the next write replaces the file.
    pub fn write(&mut self, journal: &Journal) -> io::Result<()> {
        let mut line = serde_json::to_string(journal)?;
        line.push('\n');
        let length = line.len() as u64;
        self.open = match self.open.take() {
            Some((mut file, bytes)) if bytes < LONG => {
                file.write_all(line.as_bytes())?;
                file.sync_data()?;
                Some((file, bytes + length))
            }
            _ => {
                layout::replace(&self.path, &line)?;
                Some((OpenOptions::new().append(true).open(&self.path)?, length))
            }
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_strange_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.journal");
        let mut journal = Journal::read(&path).unwrap();
        assert_eq!(journal, Journal::default());
        let mut file = JournalFile::new(path.clone());
        let standing = Standing { order: "o".into(), generation: 1, segment: 0, attempt: 1 };
        for generation in 0..9 {
            journal.groups.insert("g".into(), Standing { generation, ..standing.clone() });
            file.write(&journal).unwrap();
            assert_eq!(Journal::read(&path).unwrap(), journal);
        }
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 9);
        // A line that was cut off was never relied on.
        let mut cut = OpenOptions::new().append(true).open(&path).unwrap();
        cut.write_all(b"{\"v\":1,\"cur").unwrap();
        assert_eq!(Journal::read(&path).unwrap(), journal);
        file.open = file.open.map(|(file, _)| (file, LONG));
        file.write(&journal).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
        for (text, told) in
            [("{\"v\":2}\n", "version 2"), ("{\n", "EOF"), ("{\"v\":1}\n", "missing field"), ("", "empty")]
        {
            fs::write(&path, text).unwrap();
            let error = Journal::read(&path).unwrap_err().to_string();
            assert!(error.contains(told) && error.contains("move it away"), "{error}");
        }
    }
}
