//! AppSpecs for servers: files, permissions and scripts.

use crate::fields::Fields;
use crate::files::{self, FileMapping};
use crate::permissions::{self, Permission};
use crate::report::Report;
use crate::scripts::{self, SERVER_EVENTS, Script};
use crate::words::{meant, shown};
use serde::Serialize;
use std::collections::BTreeMap;

/// Agent, AppSpec parsing: what a revision puts on a host and runs there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerSpec {
    /// The operating system that the revision is for.
    pub os: Os,
    /// What is copied, in the order of the text.
    pub files: Vec<FileMapping>,
    /// What is set on copied files, in the order of the text.
    pub permissions: Vec<Permission>,
    /// The scripts of each lifecycle event.
    pub hooks: BTreeMap<String, Vec<Script>>,
    /// What to do about files that are there already; it goes before the deployment's own setting.
    pub file_exists_behavior: Option<FileExistsBehavior>,
}

/// Agent, AppSpec parsing: exactly `linux` or `windows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// Any Linux.
    Linux,
    /// Windows Server.
    Windows,
}

/// Agent, AppSpec parsing: exactly `DISALLOW`, `OVERWRITE` or `RETAIN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FileExistsBehavior {
    /// Fail the deployment.
    Disallow,
    /// Replace the file.
    Overwrite,
    /// Keep the file.
    Retain,
}

pub(crate) const KEYS: &[&str] = &["version", "os", "files", "permissions", "hooks", "file_exists_behavior"];

pub(crate) fn read(
    top: &Fields<'_>,
    is_custom: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Option<ServerSpec> {
    top.warn_strays(stray, report);
    let os = os(top, report);
    let files = top.find("files").map(|view| files::read(&view, os, report)).unwrap_or_default();
    let permissions =
        top.find("permissions").map(|view| permissions::read(&view, os, report)).unwrap_or_default();
    let hooks = top.find("hooks").map(|view| scripts::read(&view, is_custom, report)).unwrap_or_default();
    let file_exists_behavior = file_exists_behavior(top, report);
    Some(ServerSpec { os: os?, files, permissions, hooks, file_exists_behavior })
}

/// Sections and events in the wrong place deploy nothing and fail nothing with the official agent.
fn stray(key: &str) -> Option<&'static str> {
    if SERVER_EVENTS.contains(&key) {
        return Some("It is a lifecycle event, so its scripts never run here: indent it under hooks.");
    }
    if key == "defaults" {
        return Some("Write file_exists_behavior at the top.");
    }
    if KEYS.contains(&key.to_ascii_lowercase().as_str()) && meant(key, KEYS).is_some() {
        return Some("Keys of a server AppSpec are written in small letters.");
    }
    None
}

fn os(top: &Fields<'_>, report: &mut Report) -> Option<Os> {
    const ADVICE: &str = "Write os: linux or os: windows.";
    let view = top.require("os", ADVICE, report)?;
    match view.scalar(report)? {
        "linux" => Some(Os::Linux),
        "windows" => Some(Os::Windows),
        text => {
            let message = format!("The os is {}; it is exactly linux or windows.", shown(text));
            report.push(view.error("os", message).advise(ADVICE));
            None
        }
    }
}

fn file_exists_behavior(top: &Fields<'_>, report: &mut Report) -> Option<FileExistsBehavior> {
    let view = top.find("file_exists_behavior")?;
    match view.scalar(report)? {
        "DISALLOW" => Some(FileExistsBehavior::Disallow),
        "OVERWRITE" => Some(FileExistsBehavior::Overwrite),
        "RETAIN" => Some(FileExistsBehavior::Retain),
        text => {
            let message = format!("The file_exists_behavior is {}.", shown(text));
            let advice = "Write DISALLOW, OVERWRITE or RETAIN, in capitals.";
            report.push(view.error("file-exists-behavior", message).advise(advice));
            None
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
