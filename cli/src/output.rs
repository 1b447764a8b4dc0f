//! Where words go: standard output for results, standard error for the rest. A reader that closes the
//! pipe early is no error.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::failure::Failure;
use crate::view::style::Style;

/// The two streams and how they are to be written.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// Results as JSON.
    pub(crate) json: bool,
    /// How standard output is coloured.
    pub(crate) style: Style,
    /// How standard error is coloured.
    pub(crate) error_style: Style,
    /// Whether the place that progress goes to is a terminal.
    pub(crate) live: bool,
}

impl Output {
    /// For this process's streams: no colours with `NO_COLOR`, with `TERM=dumb` or off a terminal.
    pub(crate) fn new(json: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let plain = dumb || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            json,
            style: Style { color: out && !plain && !json },
            error_style: Style { color: err && !plain },
            live: out && !dumb && !json,
        }
    }

    /// A line of the result.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{}", line.as_ref());
        let _ = out.flush();
    }

    /// A line that is not the result.
    pub(crate) fn remark(&self, line: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{}", line.as_ref());
    }

    /// The result as JSON.
    pub(crate) fn json(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.say(text),
            Err(error) => self.remark(format!("no JSON can be made of the answer: {error}")),
        }
    }

    /// One line of JSON, for streams of them.
    pub(crate) fn json_line(&self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.say(text),
            Err(error) => self.remark(format!("no JSON can be made of the answer: {error}")),
        }
    }

    /// What went wrong and what to do: for a person, and with `--json` for the program that reads the result.
    pub(crate) fn failure(&self, failure: &Failure) {
        if self.json {
            self.json_line(&failure.to_json());
        }
        let style = &self.error_style;
        self.remark(format!("{} {failure}", style.red(&style.bold("error:"))));
        if let Some(advice) = failure.advice() {
            self.remark(format!("{} {advice}", style.cyan("help:")));
        }
    }
}
