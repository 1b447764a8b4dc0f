//! The whole check: from text to spec and findings.

use crate::ecs::{self, EcsSpec};
use crate::fields::{Case, Fields, View};
use crate::finding::{Finding, Place};
use crate::lambda::{self, LambdaSpec};
use crate::load::{Loaded, load};
use crate::node::Node;
use crate::report::Report;
use crate::server::{self, ServerSpec};
use crate::spec::{AppSpec, Platform};
use crate::words::shown;
use crate::{detect, lint, version};
use serde::Serialize;
use std::fmt;

/// What a check comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The AppSpec; there exactly when no finding is an error.
    pub spec: Option<AppSpec>,
    /// The platform that the text is written for, else the expected one.
    pub platform: Option<Platform>,
    /// Everything wrong or doubtful, in the order of the text.
    pub findings: Vec<Finding>,
}

/// Why a strict parse refused an AppSpec; `Display` gives one line for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct AppSpecErrors {
    /// At least one finding, errors only.
    pub findings: Vec<Finding>,
}

impl fmt::Display for AppSpecErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            write!(f, "{}{finding}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// Total: it never fails and does not panic; everything wrong is a finding. `expected` is the platform of
/// the application, when known.
pub fn check(text: &str, expected: Option<Platform>) -> Checked {
    check_with(text, expected, &|_| false)
}

/// The same for servers whose hooks may have custom events, besides the usual ones.
pub fn check_with(text: &str, expected: Option<Platform>, is_custom: &dyn Fn(&str) -> bool) -> Checked {
    let mut report = Report::default();
    let mut platform = expected;
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let spec = match load(body) {
        Err(finding) => {
            report.push(finding);
            None
        }
        Ok(Loaded { root: Some(root), alias, second }) if !root.is_null() => {
            platform = detect::platform(&root, expected).or(expected);
            surroundings(platform, body.len() < text.len(), alias, second, &mut report);
            read(&root, platform, expected, is_custom, &mut report)
        }
        Ok(_) => {
            let advice = match expected {
                Some(Platform::Server) => "It needs at least version: 0.0 and os: linux (or windows).",
                _ => "It needs version: 0.0, and os (servers) or Resources (Lambda, ECS).",
            };
            let empty = Finding::error("empty", "The AppSpec is empty.").at(Place::START, "");
            report.push(empty.advise(advice));
            None
        }
    };
    let spec = spec.filter(|_| !report.has_errors());
    Checked { spec, platform, findings: report.finish() }
}

/// Agent, AppSpec parsing: only the first document counts; a byte order mark and, with newer Rubies,
/// aliases make the official agent fail.
fn surroundings(
    platform: Option<Platform>,
    marked: bool,
    alias: Option<Place>,
    second: Option<Place>,
    report: &mut Report,
) {
    let server = platform == Some(Platform::Server);
    if server && marked {
        let message = "The text starts with a byte order mark, with which the official agent fails.";
        let finding = Finding::warning("byte-order-mark", message).at(Place::START, "");
        report.push(finding.advise("Save the file as UTF-8 without a byte order mark."));
    }
    if let Some(place) = alias.filter(|_| server) {
        let message = "This is an alias (*), which the official agent refuses on newer systems.";
        report.push(Finding::warning("alias", message).at(place, "").advise("Write the value out."));
    }
    if let Some(place) = second {
        let message = "A second document starts here; only the first one is read.";
        let finding = Finding::warning("more-documents", message).at(place, "");
        report.push(finding.advise("Keep one document in the file."));
    }
}

fn read(
    root: &Node,
    platform: Option<Platform>,
    expected: Option<Platform>,
    is_custom: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Option<AppSpec> {
    let (case, known) = match platform {
        Some(Platform::Server) => (Case::Exact, server::KEYS),
        _ => (Case::Any, crate::resource::TOP),
    };
    let view = View::root(root);
    lint::walk(&view, case, report);
    let fields = Fields::of(view, case, known, report)?;
    let Some(platform) = platform else {
        unclear(&fields, report);
        return None;
    };
    version::check(&fields, platform, report);
    if let Some(expected) = expected.filter(|expected| *expected != platform) {
        let message = format!("This is an AppSpec for {platform}, but the application is for {expected}.");
        let advice = match expected {
            Platform::Server => "An AppSpec for servers has os, files and hooks, and no Resources.",
            Platform::Lambda => "An AppSpec for Lambda has Resources with one AWS::Lambda::Function.",
            Platform::Ecs => "An AppSpec for ECS has Resources with one AWS::ECS::Service.",
        };
        report.push(detect::doubt(&fields).error("platform", message).advise(advice));
    }
    match platform {
        Platform::Server => server::read(&fields, is_custom, report).map(AppSpec::Server),
        Platform::Lambda => lambda::read(&fields, report).map(AppSpec::Lambda),
        Platform::Ecs => ecs::read(&fields, report).map(AppSpec::Ecs),
    }
}

fn unclear(fields: &Fields<'_>, report: &mut Report) {
    let at = detect::doubt(fields);
    let message = match at.node.text().filter(|_| Case::Any.same(&at.name(), "type")) {
        Some(name) => format!("The type of the resource is {}.", shown(name)),
        None => "The AppSpec does not say what it is for.".to_owned(),
    };
    let advice = "Servers have os and files; Lambda has a resource of type AWS::Lambda::Function, \
                  ECS one of type AWS::ECS::Service.";
    report.push(at.error("platform", message).advise(advice));
}

/// The strict form for Lambda: the spec, or the findings that are errors.
pub fn parse_lambda(text: &str) -> Result<LambdaSpec, AppSpecErrors> {
    strict(text, Platform::Lambda, |spec| match spec {
        AppSpec::Lambda(spec) => Some(spec),
        _ => None,
    })
}

/// The strict form for ECS: the spec, or the findings that are errors.
pub fn parse_ecs(text: &str) -> Result<EcsSpec, AppSpecErrors> {
    strict(text, Platform::Ecs, |spec| match spec {
        AppSpec::Ecs(spec) => Some(spec),
        _ => None,
    })
}

/// The strict form for servers: the spec, or the findings that are errors.
pub fn parse_server(text: &str) -> Result<ServerSpec, AppSpecErrors> {
    strict(text, Platform::Server, |spec| match spec {
        AppSpec::Server(spec) => Some(spec),
        _ => None,
    })
}

fn strict<T>(text: &str, expected: Platform, pick: fn(AppSpec) -> Option<T>) -> Result<T, AppSpecErrors> {
    let Checked { spec, mut findings, .. } = check(text, Some(expected));
    spec.and_then(pick).ok_or_else(|| {
        findings.retain(Finding::is_error);
        AppSpecErrors { findings }
    })
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
