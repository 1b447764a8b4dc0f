//! The screen: lines that stay, and in a terminal a panel below them that is drawn again and again.

use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use cutover_core::time::Timestamp;

use crate::output::Output;
use crate::view::snapshot::{Snapshot, lines};
use crate::view::style::Style;

/// Where progress is shown. Clones are the same screen.
#[derive(Clone)]
pub(crate) struct Screen {
    out: Output,
    panel: Option<ProgressBar>,
    /// Lines go to standard error, since standard output is for JSON.
    pub(crate) to_stderr: bool,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Default)]
struct Shown {
    snapshot: Option<(Style, Snapshot)>,
    note: Option<String>,
    trouble: Option<String>,
}

impl Screen {
    /// The terminal, or lines where there is none.
    pub(crate) fn new(out: &Output) -> Self {
        let panel = out.live.then(|| {
            let panel = ProgressBar::new_spinner();
            panel.set_draw_target(ProgressDrawTarget::stdout());
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                panel.set_style(style);
            }
            panel
        });
        Self { out: out.clone(), panel, to_stderr: false, shown: Arc::default() }
    }

    /// Lines on standard error, for commands whose result is one JSON value.
    pub(crate) fn beside_json(out: &Output) -> Self {
        Self { to_stderr: out.json, ..Self::new(out) }
    }

    /// Whether there is a panel.
    pub(crate) fn is_live(&self) -> bool {
        self.panel.is_some()
    }

    /// A line that stays.
    pub(crate) fn line(&self, line: &str) {
        match &self.panel {
            Some(panel) => panel.suspend(|| self.out.say(line)),
            None if self.to_stderr => self.out.remark(line),
            None => self.out.say(line),
        }
    }

    /// A line at the foot of the panel, until it is replaced.
    pub(crate) fn note(&self, note: Option<String>) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).note = note;
    }

    /// Why nothing new is shown, or that there is no reason any more. Without a panel it is told once.
    pub(crate) fn trouble(&self, trouble: Option<String>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = trouble.is_some() && shown.trouble.is_none();
        shown.trouble.clone_from(&trouble);
        drop(shown);
        if let Some(trouble) = trouble.filter(|_| is_new && self.panel.is_none()) {
            self.out.remark(trouble);
        }
    }

    /// What the panel shows from now on.
    pub(crate) fn keep(&self, style: Style, snapshot: Snapshot) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).snapshot = Some((style, snapshot));
    }

    /// Draws the panel as it is at this moment.
    pub(crate) fn redraw(&self, now: Timestamp) {
        let Some(bar) = &self.panel else { return };
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let mut panel = shown.snapshot.as_ref().map_or_else(Vec::new, |(style, s)| lines(*style, s, now));
        panel.extend([&shown.note, &shown.trouble].into_iter().flatten().map(|note| format!("  {note}")));
        drop(shown);
        bar.set_message(panel.join("\n"));
        bar.tick();
    }

    /// Takes the panel away.
    pub(crate) fn clear(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = Shown::default();
        drop(shown);
        if let Some(panel) = &self.panel {
            panel.set_message(String::new());
            panel.finish_and_clear();
            panel.reset();
        }
    }
}
