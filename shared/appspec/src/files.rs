//! Files that a revision puts on a host.

use crate::fields::{Case, Fields, View};
use crate::report::Report;
use crate::server::Os;
use crate::words::shown;
use serde::Serialize;

/// Agent, AppSpec parsing: what is copied from the bundle, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileMapping {
    /// A file or directory of the bundle; `/` is the whole bundle.
    pub source: String,
    /// The directory on the host.
    pub destination: String,
}

const FORM: &str = "Write a list of pairs: - source: /, with destination: /some/directory below.";

pub(crate) fn read(view: &View<'_>, os: Option<Os>, report: &mut Report) -> Vec<FileMapping> {
    let items = view.list(FORM, report);
    items.into_iter().filter_map(|item| file(item, os, report)).collect()
}

fn file(view: View<'_>, os: Option<Os>, report: &mut Report) -> Option<FileMapping> {
    if let Some(text) = view.node.text() {
        let message = format!("This item of files is {}, with neither source nor destination.", shown(text));
        report.push(view.error("file", message).advise(FORM));
        return None;
    }
    let fields = Fields::of(view, Case::Exact, &["source", "destination"], report)?;
    fields.warn_strays(stray, report);
    let source = fields.require("source", "Write the path in the bundle; / is the whole bundle.", report);
    let destination = fields.require("destination", "Write the directory on the host.", report);
    let source = source.and_then(|view| source_path(&view, report));
    let destination = destination.and_then(|view| destination_path(&view, os, report));
    Some(FileMapping { source: source?, destination: destination? })
}

fn stray(key: &str) -> Option<&'static str> {
    match key {
        "overwrite" => Some("Write file_exists_behavior: OVERWRITE at the top of the AppSpec instead."),
        "file_exists_behavior" => Some("It belongs at the top of the AppSpec."),
        "owner" | "group" | "mode" | "pattern" | "acls" | "context" => {
            Some("It belongs to an object under permissions.")
        }
        _ => None,
    }
}

/// Agent, real AppSpecs: sources are literal, so one with a star always fails.
fn source_path(view: &View<'_>, report: &mut Report) -> Option<String> {
    let text = view.scalar(report)?;
    if text.contains(['*', '?']) {
        let message =
            format!("The source is {}; sources are taken literally, without wildcards.", shown(text));
        let advice = "Name the directory itself: all that is in it is copied; / is the whole bundle.";
        report.push(view.warning("file", message).advise(advice));
    }
    if text.split(['/', '\\']).any(|part| part == "..") {
        let message = format!("The source {} leads out of the bundle.", shown(text));
        report.push(view.warning("file", message).advise("Write a path inside the bundle."));
    }
    Some(text.to_owned())
}

/// Agent, more holes: a relative destination lands in the working directory of the agent.
fn destination_path(view: &View<'_>, os: Option<Os>, report: &mut Report) -> Option<String> {
    let text = view.scalar(report)?;
    let drive = |text: &str| text.as_bytes().get(1) == Some(&b':');
    let absolute = match os {
        Some(Os::Linux) => text.starts_with('/'),
        Some(Os::Windows) => drive(text) || text.starts_with(['/', '\\']),
        None => true,
    };
    if os == Some(Os::Linux) && drive(text) {
        let message = format!("The destination {} is a path of Windows, but the os is linux.", shown(text));
        report.push(view.warning("file", message).advise("Write os: windows, or a path that starts with /."));
    } else if !absolute {
        let message = format!("The destination {} is relative, to wherever the agent runs.", shown(text));
        report.push(view.warning("file", message).advise("Write the whole path."));
    }
    Some(text.to_owned())
}
