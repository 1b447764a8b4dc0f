//! The agent's own log: standard error, and a file if there is a folder for it.

use std::path::Path;
use std::time::SystemTime;

use crate::clock;
use crate::log::Rotated;
use crate::machine::Level;

/// Where the agent says what it does.
#[derive(Debug)]
pub struct Say {
    /// systemd's journal has times of its own and takes the level in front.
    journald: bool,
    file: Option<Rotated>,
}

impl Say {
    /// Says it on standard error, and in `cutover-agent.log` of that folder.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(folder: Option<&Path>) -> std::io::Result<Self> {
        let file = folder.map(|folder| Rotated::open(&folder.join("cutover-agent.log"))).transpose()?;
        Ok(Self { journald: std::env::var_os("JOURNAL_STREAM").is_some(), file })
    }

    /// One line; control characters in it become blanks.
    pub fn line(&mut self, level: Level, text: &str) {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let (time, millis) = clock::stamp(SystemTime::now());
        let (word, number) = match level {
            Level::Info => ("INFO ", 6),
            Level::Warn => ("WARN ", 4),
        };
        let line = format!("{time}.{millis:03} {word} {text}");
        if self.journald {
            eprintln!("<{number}>{text}");
        } else {
            eprintln!("{line}");
        }
        if let Some(file) = &mut self.file {
            let _ = file.write(&format!("{line}\n"));
        }
    }

    /// As it should be.
    pub fn info(&mut self, text: &str) {
        self.line(Level::Info, text);
    }

    /// Somebody should know.
    pub fn warn(&mut self, text: &str) {
        self.line(Level::Warn, text);
    }
}
