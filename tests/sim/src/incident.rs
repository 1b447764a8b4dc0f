//! An incident becomes a test: from what is stored about a deployment that really ran to a scenario that ends
//! as it did.
//!
//! ```text
//! plan ──► given    routing, hooks, alarms
//! log ───► course   where the deployment stood at every entry
//!            ├────► tries      what went wrong with each step
//!            └────► demands    what happened from outside, at places of its course
//! state ─► end      what is expected
//! ```
//! The scenario is run before it is handed over, so that what it cannot replay is said and not guessed.

mod course;
mod demands;
mod end;
mod given;
mod header;
mod hooks;
mod names;
mod tries;

use cutover_core::export::{EXPORT_VERSION, Export};
use cutover_core::ids::DeploymentId;
use cutover_core::plan::PlanKind;

use crate::report::Report;
use crate::scenario::{Expect, Scenario};
use crate::world;
use course::Course;
use names::Versions;

/// Seeds that are tried one by one when not every one replays the incident.
const SEEDS: u64 = 40;

/// A deployment as a scenario.
#[derive(Debug, Clone)]
pub struct Incident {
    /// The scenario.
    pub scenario: Scenario,
    /// What was really so and does not come out when the scenario is run; it is not expected. Empty: the replay
    /// ends as the deployment did.
    pub missed: Vec<String>,
    /// What the log does not tell and was assumed.
    pub assumed: Vec<String>,
    header: Vec<String>,
}

/// Why a deployment cannot become a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncidentError {
    /// A newer Cutover wrote the export.
    #[error("the export has version {0}; this Cutover knows versions up to {EXPORT_VERSION}")]
    Newer(u16),
    /// It is a rollback deployment: it only verifies what another one did.
    #[error("it is the rollback deployment of {0}, and part of that one's story")]
    Rollback(DeploymentId),
}

impl Incident {
    /// From all that is stored about a deployment.
    pub fn of(export: &Export) -> Result<Self, IncidentError> {
        if export.v > EXPORT_VERSION {
            return Err(IncidentError::Newer(export.v));
        }
        if let PlanKind::Rollback { of } = &export.plan.kind {
            return Err(IncidentError::Rollback(of.clone()));
        }
        let mut assumed = Vec::new();
        let course = Course::of(export);
        let mut versions = Versions::of(&export.plan.shift);
        let mut setup = given::setup(export, &mut assumed);
        setup.faults.tries = tries::tries(&course);
        hooks::answers(&course, &mut setup, &mut assumed);
        demands::demands(&course, &mut versions, &mut setup, &mut assumed);
        let spare = tries::spare(&course, &setup.faults.tries, &mut assumed);
        setup.faults.tries.extend(spare);
        let expects = end::expects(&course, &setup, &mut versions, &mut assumed);
        assumed.extend(versions.told());
        let scenario = Scenario { setup, expects, seeds: 3, from: 0, everywhere: false };
        let header = header::lines(&course);
        let mut incident = Self { scenario, missed: Vec::new(), assumed, header };
        let report = incident.tune();
        incident.assumed.extend(end::sooner(export, &report));
        Ok(incident)
    }

    /// The scenario file: whose story it is, what was assumed, the log, and the scenario.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut say = |line: &str| {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        };
        self.header.iter().for_each(|line| say(line));
        for (title, lines) in [
            ("The replay does not come to this:", &self.missed),
            ("The log does not tell everything. Assumed:", &self.assumed),
        ] {
            if !lines.is_empty() {
                say("");
                say(title);
                lines.iter().for_each(|line| say(&format!("- {line}")));
            }
        }
        text + &self.scenario.write()
    }

    /// Sees that the replay ends as the deployment did: with the first seeds, or else with one that is looked
    /// for, or else without what does not come out. Gives a replay.
    fn tune(&mut self) -> Report {
        let scenario = &mut self.scenario;
        let first = replay(scenario, 0);
        let right = |scenario: &Scenario, report: &Report| wrong(scenario, report).is_empty();
        let others = |scenario: &Scenario| (1..scenario.seeds).all(|n| right(scenario, &replay(scenario, n)));
        if right(scenario, &first) && others(scenario) {
            return first;
        }
        scenario.seeds = 1;
        for seed in 0..SEEDS {
            let report = replay(scenario, seed);
            if right(scenario, &report) {
                scenario.from = seed;
                self.assumed
                    .push(format!("how long each call took, which decides here: as with seed {seed}"));
                return report;
            }
        }
        self.missed = wrong(scenario, &first);
        scenario.expects.retain(|expect| expect.judge(&first).is_ok());
        if scenario.expects.is_empty() {
            scenario.expects.push(Expect::Over);
        }
        first
    }
}

fn replay(scenario: &Scenario, seed: u64) -> Report {
    world::run(&scenario.setup, seed, false)
}

/// What is not as expected.
fn wrong(scenario: &Scenario, report: &Report) -> Vec<String> {
    if let Some(violation) = &report.violation {
        return vec![format!("the replay violates {violation}")];
    }
    scenario.expects.iter().filter_map(|expect| expect.judge(report).err()).collect()
}
