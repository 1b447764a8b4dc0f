//! Hooks of server deployments: scripts for an event.

use crate::fields::{Case, Fields, View};
use crate::finding::Finding;
use crate::node::Shape;
use crate::report::Report;
use crate::words::{cut, list, meant, shown};
use serde::Serialize;
use std::collections::BTreeMap;

/// Agent, AppSpec parsing: one script of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Script {
    /// Where the script is in the bundle.
    pub location: String,
    /// How long it may run; 3,600 seconds unless the AppSpec says otherwise.
    pub timeout_secs: u32,
    /// The user that runs it.
    pub runas: Option<String>,
    /// Whether it runs through sudo.
    pub sudo: bool,
}

/// Behaviour, lifecycle events for servers: those at which scripts can run, in the order of a deployment.
pub const SERVER_EVENTS: &[&str] = &[
    "BeforeBlockTraffic",
    "AfterBlockTraffic",
    "ApplicationStop",
    "BeforeInstall",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

/// Behaviour, lifecycle events for servers: those that run no scripts.
const RESERVED: &[&str] = &["Start", "BlockTraffic", "DownloadBundle", "Install", "AllowTraffic", "End"];
const DEFAULT_TIMEOUT: u32 = 3_600;
/// Behaviour, time limits: one event, the sum of its scripts.
const EVENT_LIMIT: u64 = 3_600;
const FORM: &str = "Write a list below the event: - location: scripts/some.sh.";

pub(crate) fn read(
    view: &View<'_>,
    is_custom: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> BTreeMap<String, Vec<Script>> {
    let mut hooks = BTreeMap::new();
    let Shape::Map(entries) = &view.node.shape else {
        let message = format!("hooks must be a mapping, not {}.", view.node.kind());
        let advice = "Write each event as a key, without a dash, and its scripts as a list below.";
        report.push(view.error("wrong-type", message).advise(advice));
        return hooks;
    };
    for entry in entries {
        let event = view.entry(entry);
        if event.node.is_null() || !is_custom(&entry.key) && !is_event(&entry.key, &event, report) {
            continue;
        }
        let items = event.list(FORM, report);
        let mut scripts = Vec::new();
        let mut total = 0;
        for item in items {
            let Some((script, timed)) = script(item, report) else { continue };
            total += if timed { u64::from(script.timeout_secs) } else { 0 };
            scripts.push(script);
        }
        if total > EVENT_LIMIT {
            let message = format!("The scripts of {} may take {total} seconds together.", entry.key);
            let advice = format!("An event may take {EVENT_LIMIT} seconds; lower the timeouts.");
            let finding = Finding::warning("timeout", message).at(entry.key_place, event.path);
            report.push(finding.advise(advice));
        }
        hooks.insert(entry.key.clone(), scripts);
    }
    hooks
}

fn is_event(name: &str, event: &View<'_>, report: &mut Report) -> bool {
    if SERVER_EVENTS.contains(&name) {
        return true;
    }
    let valid = format!("The events are {}.", list(SERVER_EVENTS));
    let (message, advice) = if RESERVED.contains(&name) {
        (format!("{name} is done by the deployment itself and runs no scripts."), valid)
    } else {
        let advice = match meant(name, SERVER_EVENTS) {
            Some(near) => format!("Did you mean {near}? {valid}"),
            None => valid,
        };
        (format!("{} is no lifecycle event.", cut(name)), advice)
    };
    let finding = Finding::error("hook-event", message).at(event.head, event.path.as_str());
    report.push(finding.advise(advice));
    false
}

/// A script, and whether its timeout is written down: defaults do not count against the limit of an event.
fn script(view: View<'_>, report: &mut Report) -> Option<(Script, bool)> {
    if let Some(text) = view.node.text().filter(|_| !view.node.is_null()) {
        let message = format!("The script is only {}, without a key.", shown(text));
        report.push(view.error("script", message).advise(format!("Write location: {}.", cut(text))));
        return None;
    }
    let fields = Fields::of(view, Case::Exact, &["location", "timeout", "runas", "sudo"], report)?;
    fields.warn_strays(|_| None, report);
    let location = fields.require("location", "Write the path of the script in the bundle.", report);
    let location = location.and_then(|view| {
        let text = view.scalar(report)?.trim();
        if text.is_empty() {
            let finding = view.error("missing", "location is blank.");
            report.push(finding.advise("Write the path of the script in the bundle."));
            return None;
        }
        Some(text.to_owned())
    });
    let written = fields.find("timeout");
    let timed = written.is_some();
    let timeout = written.map_or(Some(DEFAULT_TIMEOUT), |view| timeout(&view, report));
    let runas = fields.find("runas").and_then(|view| view.scalar(report));
    let sudo = fields.find("sudo").is_some_and(|view| sudo(&view, report));
    let script = Script {
        location: location?,
        timeout_secs: timeout?,
        runas: runas.map(|user| user.trim().to_owned()).filter(|user| !user.is_empty()),
        sudo,
    };
    Some((script, timed))
}

/// Agent, AppSpec parsing: turned into an integer ("30" is 30, 1.9 is 1), which must be above zero.
fn timeout(view: &View<'_>, report: &mut Report) -> Option<u32> {
    let text = view.scalar(report)?.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    let seconds = number.parse::<u32>().ok().filter(|seconds| *seconds > 0);
    let Some(seconds) = seconds else {
        let message = format!("The timeout is {}, not a number of seconds above 0.", shown(text));
        report.push(view.error("timeout", message).advise("Write a number, such as timeout: 300."));
        return None;
    };
    let fraction = rest.strip_prefix('.').unwrap_or(rest);
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        let message = format!("The timeout is {}; it is read as {seconds} seconds.", shown(text));
        report.push(view.warning("timeout", message).advise("Write a number of seconds, without a unit."));
    }
    Some(seconds)
}

/// Agent, AppSpec parsing: anything but empty and false is true, so the text "false" means true.
fn sudo(view: &View<'_>, report: &mut Report) -> bool {
    let plain = view.node.plain().map(str::to_ascii_lowercase);
    match plain.as_deref() {
        Some("false" | "no" | "off") => return false,
        Some("true" | "yes" | "on") => {}
        _ => {
            let text = view.node.text().unwrap_or("…");
            let message = format!("sudo is {}, which means true.", shown(text));
            report.push(view.warning("sudo", message).advise("Write true or false, without quotes."));
        }
    }
    true
}
