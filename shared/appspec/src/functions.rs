//! Hooks of Lambda and ECS deployments: one function for an event.

use crate::arn;
use crate::fields::{Fields, View};
use crate::node::Shape;
use crate::report::Report;
use crate::words::{cut, list, meant, shown};

/// The events of a platform at which functions can run, and those that are its own.
pub(crate) struct Events {
    pub(crate) hooks: &'static [&'static str],
    pub(crate) reserved: &'static [&'static str],
}

/// Behaviour, lifecycle events: one function name (or ARN, with or without a version) for an event. Gives
/// the functions in the order of `events.hooks`; events without a function are `None`.
pub(crate) fn read(top: &Fields<'_>, events: &Events, report: &mut Report) -> Vec<Option<String>> {
    let mut functions = vec![None; events.hooks.len()];
    let Some(hooks) = top.find("Hooks") else { return functions };
    for hook in hook_views(&hooks, report) {
        if hook.node.is_null() {
            continue;
        }
        let Some(index) = event(&hook, events, report) else { continue };
        let Some(name) = hook.literal(report) else { continue };
        if let Err(problem) = arn::function(name) {
            let message = format!("{} is no function: {problem}.", shown(name));
            let advice = "Write the name of a Lambda function or its ARN; to have no hook, remove the event.";
            report.push(hook.error("function-name", message).advise(advice));
        } else if functions[index].is_some() {
            let message = format!("{} has a second function; an event has one.", hook.name());
            report.push(hook.error("hook-event", message).advise("Let one function do both, or keep one."));
        } else {
            functions[index] = Some(name.to_owned());
        }
    }
    functions
}

/// Every event with its value, from a list of mappings with one key each or from one mapping.
fn hook_views<'a>(hooks: &View<'a>, report: &mut Report) -> Vec<View<'a>> {
    const FORM: &str = "Write Hooks as a list: - BeforeAllowTraffic: name-of-a-function.";
    let mut views = Vec::new();
    match &hooks.node.shape {
        _ if hooks.node.intrinsic().is_some() => {}
        Shape::List(_) => {
            for item in hooks.items() {
                match (&item.node.shape, item.node.entries()) {
                    _ if item.node.is_null() => {}
                    (Shape::Map(_), entries) => {
                        if entries.len() > 1 {
                            let message = "This item of Hooks holds several events; each is read.";
                            report
                                .push(item.warning("hooks", message).advise("Put a dash before each event."));
                        }
                        views.extend(entries.iter().map(|entry| item.entry(entry)));
                    }
                    _ => {
                        let message = format!(
                            "An item of Hooks must be an event with its function, not {}.",
                            item.node.kind()
                        );
                        report.push(item.error("hooks", message).advise(FORM));
                    }
                }
            }
        }
        Shape::Map(entries) => {
            let message = "Hooks is a mapping; a list is expected.";
            report.push(hooks.warning("hooks", message).advise("Put a dash before each event."));
            views.extend(entries.iter().map(|entry| hooks.entry(entry)));
        }
        Shape::Scalar { .. } => {
            let message = format!("Hooks must be a list, not {}.", hooks.node.kind());
            report.push(hooks.error("hooks", message).advise(FORM));
        }
    }
    views
}

fn event(hook: &View<'_>, events: &Events, report: &mut Report) -> Option<usize> {
    let name = hook.key.unwrap_or_default();
    let index = events.hooks.iter().position(|event| event.eq_ignore_ascii_case(name));
    if index.is_some() {
        return index;
    }
    let finding =
        |message| crate::finding::Finding::error("hook-event", message).at(hook.head, hook.path.as_str());
    let valid = format!("The events are {}.", list(events.hooks));
    if let Some(reserved) = events.reserved.iter().find(|event| event.eq_ignore_ascii_case(name)) {
        let message = format!("{reserved} is done by the deployment itself and calls no function.");
        report.push(finding(message).advise(valid));
    } else {
        let message = format!("{} is no lifecycle event of this platform.", cut(name));
        let advice = match meant(name, events.hooks) {
            Some(near) => format!("Did you mean {near}? {valid}"),
            None => valid,
        };
        report.push(finding(message).advise(advice));
    }
    None
}
