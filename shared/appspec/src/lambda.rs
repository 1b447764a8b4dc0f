//! AppSpecs for Lambda: an alias, the version it points to and the one it moves to.

use crate::arn;
use crate::fields::{Fields, View};
use crate::functions::{self, Events};
use crate::report::Report;
use crate::resource;
use crate::words::shown;
use serde::Serialize;

/// Behaviour, AppSpec for Lambda: one resource with a function, an alias and two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LambdaSpec {
    /// The name that the AppSpec gives the resource.
    pub resource: String,
    /// The function: a name, a partial ARN or an ARN, without a version.
    pub function: String,
    /// The alias whose traffic is shifted.
    pub alias: String,
    /// The version that the alias points to, a positive integer.
    pub current_version: String,
    /// The version that the alias will point to, a positive integer.
    pub target_version: String,
    /// The functions to call around the shift.
    pub hooks: LambdaHooks,
}

/// Behaviour, lifecycle events for Lambda: one function for an event, by name or ARN.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LambdaHooks {
    /// Called before traffic is shifted.
    pub before_allow_traffic: Option<String>,
    /// Called after all traffic is shifted.
    pub after_allow_traffic: Option<String>,
}

const PROPERTIES: &[&str] = &["Name", "Alias", "CurrentVersion", "TargetVersion"];
const EVENTS: Events = Events {
    hooks: &["BeforeAllowTraffic", "AfterAllowTraffic"],
    reserved: &["Start", "AllowTraffic", "End"],
};

pub(crate) fn read(top: &Fields<'_>, report: &mut Report) -> Option<LambdaSpec> {
    top.warn_strays(|_| None, report);
    let mut functions = functions::read(top, &EVENTS, report).into_iter();
    let hooks = LambdaHooks {
        before_allow_traffic: functions.next().flatten(),
        after_allow_traffic: functions.next().flatten(),
    };
    let (resource, properties) = resource::read(top, "AWS::Lambda::Function", PROPERTIES, report)?;
    let name = properties.require("Name", "Write the name of the function, or its ARN.", report);
    let function = name.and_then(|view| function(&view, report));
    let alias = properties.require("Alias", "Write the alias whose traffic is to be shifted.", report);
    let alias = alias.and_then(|view| alias_name(&view, report));
    let current = "Write the number of the version that the alias points to now.";
    let current = properties.require("CurrentVersion", current, report);
    let target = "Write the number of the version to deploy, published before.";
    let target = properties.require("TargetVersion", target, report);
    let current_version = current.and_then(|view| version(&view, report));
    let target_version = target.as_ref().and_then(|view| version(view, report));
    if let (Some(current), Some(target), Some(view)) = (&current_version, &target_version, &target)
        && current == target
    {
        let message =
            format!("TargetVersion and CurrentVersion are both {target}: there is nothing to shift.");
        report.push(
            view.warning("same-version", message).advise("Publish a new version and write its number."),
        );
    }
    Some(LambdaSpec {
        resource,
        function: function?,
        alias: alias?,
        current_version: current_version?,
        target_version: target_version?,
        hooks,
    })
}

fn function(view: &View<'_>, report: &mut Report) -> Option<String> {
    let text = view.literal(report)?;
    let finding = match arn::function(text) {
        Ok(arn::Function { qualifier: None, .. }) => return Some(text.to_owned()),
        Ok(arn::Function { qualifier: Some(qualifier), .. }) => {
            let message = format!("Name carries the version or alias {}.", shown(qualifier));
            let advice = "Leave it away: Alias, CurrentVersion and TargetVersion say it.";
            view.error("function-name", message).advise(advice)
        }
        Err(problem) => {
            let message = format!("Name is {}, which is no function: {problem}.", shown(text));
            view.error("function-name", message).advise("Write the name of the function, or its ARN.")
        }
    };
    report.push(finding);
    None
}

fn alias_name(view: &View<'_>, report: &mut Report) -> Option<String> {
    let text = view.literal(report)?;
    if let Err(problem) = arn::alias(text) {
        let message = format!("Alias is {}, which is no alias: {problem}.", shown(text));
        report.push(view.error("alias-name", message).advise("Write the name of an alias of the function."));
        return None;
    }
    Some(text.to_owned())
}

/// Behaviour, Lambda: versions are positive integers given as strings; plain numbers are taken as well.
fn version(view: &View<'_>, report: &mut Report) -> Option<String> {
    let text = view.literal(report)?;
    let digits = !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit());
    if digits && !text.starts_with('0') {
        return Some(text.to_owned());
    }
    let key = view.name();
    let advice = if text.eq_ignore_ascii_case("$LATEST") {
        "Traffic is shifted between published versions: publish one (aws lambda publish-version) and write its number."
    } else {
        "Write the number of a published version, such as \"3\"."
    };
    let message = match text {
        "" => format!("{key} is an empty text, not the number of a version."),
        text => format!("{key} is {}, not the number of a version.", shown(text)),
    };
    report.push(view.error("lambda-version", message).advise(advice));
    None
}

#[cfg(test)]
#[path = "lambda_tests.rs"]
mod tests;
