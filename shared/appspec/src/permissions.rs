//! Owners, modes and other marks of copied files.

use crate::acl::{self, Acl};
use crate::context::{self, SelinuxContext};
use crate::fields::{Case, Fields, View};
use crate::mode;
use crate::report::Report;
use crate::server::Os;
use crate::words::shown;
use serde::Serialize;

/// Agent, AppSpec parsing: what is set on an object and on what lies in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// A file or directory on the host.
    pub object: String,
    /// Which of the names in the directory; `**` is all of them, at any depth.
    pub pattern: String,
    /// Names that are left out.
    pub except: Vec<String>,
    /// The kinds of object; both unless the AppSpec says otherwise. (`type` in the text.)
    pub types: Vec<ObjectType>,
    /// The owner, by name or number.
    pub owner: Option<String>,
    /// The group, by name or number.
    pub group: Option<String>,
    /// The mode bits, such as 0o644.
    pub mode: Option<u32>,
    /// The entries of the access control list.
    pub acls: Vec<Acl>,
    /// The SELinux context.
    pub context: Option<SelinuxContext>,
}

/// Agent, AppSpec parsing: `file` or `directory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectType {
    /// Regular files.
    File,
    /// Directories.
    Directory,
}

const KEYS: &[&str] = &["object", "pattern", "except", "type", "owner", "group", "mode", "acls", "context"];
const OBJECT: &str = "Write the file or directory on the host.";

pub(crate) fn read(view: &View<'_>, os: Option<Os>, report: &mut Report) -> Vec<Permission> {
    if os == Some(Os::Windows) {
        let message = "permissions cannot be used with os: windows.";
        report.push(view.error("permission", message).advise("Remove the section."));
        return Vec::new();
    }
    let items = view.list("Write a list: - object: /some/directory, with owner and mode below.", report);
    items.into_iter().filter_map(|item| permission(item, report)).collect()
}

fn permission(view: View<'_>, report: &mut Report) -> Option<Permission> {
    let fields = Fields::of(view, Case::Exact, KEYS, report)?;
    fields.warn_strays(|_| None, report);
    let object = fields.require("object", OBJECT, report).and_then(|view| {
        let text = view.scalar(report)?.trim();
        if text.is_empty() {
            report.push(view.error("missing", "object is blank.").advise(OBJECT));
            return None;
        }
        Some(text.to_owned())
    });
    let mut text = |key: &str| fields.find(key).and_then(|view| view.scalar(report)).map(str::to_owned);
    let (pattern, owner, group) = (text("pattern"), text("owner"), text("group"));
    let except = fields.find("except").map(|view| names(&view, report)).unwrap_or_default();
    let types = fields.find("type").map(|view| types(&view, report));
    let mode = fields.find("mode").and_then(|view| mode::read(&view, report));
    let acls = fields.find("acls").map(|view| acl::read(&view, report)).unwrap_or_default();
    let context = fields.find("context").and_then(|view| context::read(view, report));
    Some(Permission {
        object: object?,
        pattern: pattern.unwrap_or_else(|| "**".to_owned()),
        except,
        types: types.unwrap_or_else(|| vec![ObjectType::File, ObjectType::Directory]),
        owner,
        group,
        mode,
        acls,
        context,
    })
}

fn names(view: &View<'_>, report: &mut Report) -> Vec<String> {
    let items = view.list("Write except: [name, …].", report);
    items.into_iter().filter_map(|item| item.scalar(report).map(str::to_owned)).collect()
}

fn types(view: &View<'_>, report: &mut Report) -> Vec<ObjectType> {
    const ADVICE: &str = "Write type: [file], type: [directory] or both.";
    let mut types = Vec::new();
    for item in view.list(ADVICE, report) {
        let found = match item.scalar(report) {
            Some("file") => ObjectType::File,
            Some("directory") => ObjectType::Directory,
            Some(text) => {
                let message = format!("The type is {}.", shown(text));
                report.push(item.error("permission", message).advise(ADVICE));
                continue;
            }
            None => continue,
        };
        if !types.contains(&found) {
            types.push(found);
        }
    }
    types
}

#[cfg(test)]
#[path = "permissions_tests.rs"]
mod tests;
