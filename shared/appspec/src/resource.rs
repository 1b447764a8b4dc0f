//! The one resource of an AppSpec for Lambda or ECS.

use crate::fields::{Case, Fields, View};
use crate::node::Shape;
use crate::report::Report;
use crate::words::shown;

/// The keys at the top of an AppSpec for Lambda or ECS.
pub(crate) const TOP: &[&str] = &["version", "Resources", "Hooks"];
const BODY: &[&str] = &["Type", "Properties"];

/// Behaviour, AppSpec for Lambda and for ECS: exactly one resource, `{name: {Type, Properties}}`, in a list.
/// Gives its name and its properties.
pub(crate) fn read<'a>(
    top: &Fields<'a>,
    kind: &'static str,
    keys: &'static [&'static str],
    report: &mut Report,
) -> Option<(String, Fields<'a>)> {
    let advice = format!("Write Resources as a list of one: - name: {{Type: {kind}, Properties: …}}.");
    let resources = top.require("Resources", &advice, report)?;
    let (name, body) = only(&resources, &advice, report)?;
    let body = Fields::of(body, Case::Any, BODY, report)?;
    body.warn_strays(
        |key| {
            let property = keys.iter().any(|known| Case::Any.same(known, key));
            property.then_some("It belongs under Properties: indent it by one more level.")
        },
        report,
    );
    if let Some(view) = body.require("Type", &format!("Write Type: {kind}."), report)
        && let Some(found) = view.literal(report)
        && found != kind
    {
        let message = format!("The type of the resource is {}.", shown(found));
        report.push(view.error("resource-type", message).advise(format!("Write Type: {kind}.")));
    }
    let advice = format!("Write Properties: with {}.", crate::words::list(keys));
    let properties = body.require("Properties", &advice, report)?;
    let properties = Fields::of(properties, Case::Any, keys, report)?;
    properties.warn_strays(|_| None, report);
    Some((name, properties))
}

fn only<'a>(resources: &View<'a>, advice: &str, report: &mut Report) -> Option<(String, View<'a>)> {
    if resources.node.intrinsic().is_some() {
        return None;
    }
    let item = match &resources.node.shape {
        Shape::List(items) if items.len() == 1 => resources.items().next()?,
        Shape::List(items) => {
            let message =
                format!("Resources lists {} resources; exactly one is deployed at a time.", items.len());
            let at = resources.items().nth(1).unwrap_or_else(|| resources.clone());
            report.push(at.error("resources", message).advise("Use one deployment for each resource."));
            return None;
        }
        Shape::Map(_) => {
            let message = "Resources is a mapping; a list with one item is expected.";
            report.push(resources.warning("resources", message).advise("Put a dash before the resource."));
            resources.clone()
        }
        Shape::Scalar { .. } => {
            let message = format!("Resources must be a list, not {}.", resources.node.kind());
            report.push(resources.error("wrong-type", message).advise(advice));
            return None;
        }
    };
    match item.node.entries() {
        [entry] if BODY.iter().any(|key| Case::Any.same(key, &entry.key)) => {
            let message = "The resource has no name.";
            let name = "Put a name of your choice over it: - name: with Type and Properties indented below.";
            report.push(item.error("resources", message).advise(name));
            None
        }
        [entry] => Some((entry.key.clone(), item.entry(entry))),
        [] => {
            let message =
                format!("The resource is {}, not a name with Type and Properties.", item.node.kind());
            report.push(item.error("resources", message).advise(advice));
            None
        }
        entries => {
            report.push(several(&item, entries));
            None
        }
    }
}

/// More than one key where the name of the resource should stand alone.
fn several(item: &View<'_>, entries: &[crate::node::Entry]) -> crate::finding::Finding {
    let names: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let misplaced = entries.iter().find(|entry| BODY.iter().any(|key| Case::Any.same(key, &entry.key)));
    match misplaced {
        Some(entry) => {
            let message = format!("{} stands beside the name of the resource.", entry.key);
            let finding = crate::finding::Finding::error("resources", message);
            finding
                .at(entry.key_place, item.entry(entry).path)
                .advise("Indent Type and Properties under the name of the resource.")
        }
        None => {
            let message = format!(
                "Resources holds {} resources ({}); exactly one is deployed at a time.",
                names.len(),
                crate::words::cut(&names.join(", "))
            );
            item.error("resources", message).advise("Use one deployment for each resource.")
        }
    }
}
