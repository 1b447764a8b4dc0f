//! The same in words, for places where people read.

use cutover_core::audience::Told;

use super::facts::Facts;

/// What happened, in a sentence.
pub(super) fn headline(facts: &Facts) -> String {
    let subject = match &facts.host {
        Some(host) => format!("{} in deployment {}", host.name, facts.deployment),
        None => format!("Deployment {}", facts.deployment),
    };
    let what = match facts.told {
        Told::DeploymentStart | Told::InstanceStart => "has started",
        Told::DeploymentSuccess | Told::InstanceSuccess => "succeeded",
        Told::DeploymentFailure | Told::InstanceFailure => "failed",
        Told::DeploymentStop => "was stopped",
        Told::DeploymentRollback => "is rolled back",
        Told::DeploymentReady | Told::InstanceReady => "is ready",
    };
    format!("{subject} {what}")
}

/// Whether it is good news, bad news, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Bad,
    Plain,
}

pub(super) fn mood(told: Told) -> Mood {
    match told {
        Told::DeploymentSuccess | Told::InstanceSuccess => Mood::Good,
        Told::DeploymentFailure | Told::InstanceFailure | Told::DeploymentStop | Told::DeploymentRollback => {
            Mood::Bad
        }
        _ => Mood::Plain,
    }
}

/// What else there is to know: names and values.
pub(super) fn details(facts: &Facts) -> Vec<(&'static str, String)> {
    let mut details = vec![
        ("Application", facts.application.clone()),
        ("Deployment group", facts.group.clone()),
        ("Region", facts.scope.region.clone()),
    ];
    if let Some(error) = &facts.error {
        details.push(("Error", format!("{}: {}", error.code, error.message)));
    }
    if let Some(rollback) = &facts.rollback {
        details.push(("Rollback", rollback.message.clone()));
    }
    details
}
