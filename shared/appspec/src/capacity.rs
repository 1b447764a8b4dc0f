//! Where ECS tasks run.

use crate::fields::{Case, Fields, View};
use crate::report::Report;
use crate::words::shown;
use serde::Serialize;

/// Behaviour, AppSpec for ECS: one capacity provider of the strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CapacityProvider {
    /// `FARGATE`, `FARGATE_SPOT`, or the name of a provider of the cluster.
    pub capacity_provider: String,
    /// How many tasks run there first of all, 0 to 100,000.
    pub base: u32,
    /// The share of the other tasks, 0 to 1,000.
    pub weight: u32,
}

/// ECS's own limits.
const MOST_PROVIDERS: usize = 20;
const MOST_BASE: u32 = 100_000;
const MOST_WEIGHT: u32 = 1_000;

/// Behaviour, AppSpec for ECS: at most one base, and some weight above zero.
pub(crate) fn read(view: &View<'_>, report: &mut Report) -> Vec<CapacityProvider> {
    let items = view.list("Write a list: - CapacityProvider: FARGATE, with its Weight below.", report);
    if items.len() > MOST_PROVIDERS {
        let message =
            format!("CapacityProviderStrategy lists {}; ECS takes {MOST_PROVIDERS} at most.", items.len());
        report.push(view.error("capacity", message));
    }
    let count = items.len();
    let mut strategy: Vec<CapacityProvider> = Vec::new();
    for item in items {
        let Some(provider) = provider(item.clone(), report) else { continue };
        if provider.base > 0 && strategy.iter().any(|other| other.base > 0) {
            let message = "A second capacity provider has a Base; only one may have it.";
            report
                .push(item.error("capacity", message).advise("Keep Base where the first tasks are to run."));
        }
        strategy.push(provider);
    }
    if count > 0 && strategy.len() == count && strategy.iter().all(|provider| provider.weight == 0) {
        let message = "No capacity provider has a Weight above 0, so no task could be placed.";
        report.push(view.error("capacity", message).advise("Give at least one of them a Weight."));
    }
    strategy
}

fn provider(view: View<'_>, report: &mut Report) -> Option<CapacityProvider> {
    let fields = Fields::of(view, Case::Any, &["CapacityProvider", "Base", "Weight"], report)?;
    fields.warn_strays(|_| None, report);
    let name = "Write FARGATE, FARGATE_SPOT or the name of a capacity provider of the cluster.";
    let name = fields.require("CapacityProvider", name, report);
    let name = name.and_then(|view| view.literal(report));
    let base = number(&fields, "Base", MOST_BASE, report);
    let weight = number(&fields, "Weight", MOST_WEIGHT, report);
    Some(CapacityProvider { capacity_provider: name?.to_owned(), base: base?, weight: weight? })
}

fn number(fields: &Fields<'_>, key: &str, most: u32, report: &mut Report) -> Option<u32> {
    let Some(view) = fields.find(key) else { return Some(0) };
    let text = view.literal(report)?;
    let number = text.parse().ok().filter(|number| *number <= most);
    if number.is_none() {
        let message = format!("{key} is {}.", shown(text));
        report.push(view.error("capacity", message).advise(format!("Write a number from 0 to {most}.")));
    }
    number
}
