//! An incident becomes a test: what a world left behind of a deployment, written as a scenario, ends as the world
//! did.

use std::mem::{Discriminant, discriminant};

use cutover_core::config::TrafficRouting;
use cutover_core::deployment::{Deployment, ErrorCode, Verdict};
use cutover_core::export::Export;
use cutover_core::ledger::Fate;
use cutover_core::record::{Creator, Record};
use sim::incident::Incident;
use sim::report::Report;
use sim::scenario::Scenario;
use sim::setup::Setup;
use sim::{generate, world};

/// Worlds, each with one deployment of an alias in random trouble.
const SEEDS: u64 = 1_000;

#[test]
fn what_a_random_world_left_behind_ends_alike() {
    for seed in 0..SEEDS {
        let report = world::run(&one_deployment(seed), seed, false);
        let incident = Incident::of(&export(&report)).expect("an incident");
        let text = incident.text();
        assert!(incident.missed.is_empty(), "seed {seed}: {:?}\n{text}", incident.missed);
        let read = Scenario::parse(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        assert!(read == incident.scenario, "seed {seed}\n{text}");
        let replay = world::run(&read.setup, read.from, false);
        assert_eq!(end(&replay), end(&report), "seed {seed}\n{text}");
    }
}

/// A world cut short is one whose deployment runs: it is exported too, and comes to an end.
#[test]
fn what_is_not_over_becomes_a_scenario_that_ends() {
    for seed in 0..SEEDS / 10 {
        let whole = export(&world::run(&one_deployment(seed), seed, false));
        for entries in [1, whole.log.len() / 2] {
            let mut running = whole.clone();
            running.log.truncate(entries);
            running.rollback = None;
            running.state = Deployment::new(&running.plan);
            let incident = Incident::of(&running).expect("an incident");
            assert!(incident.missed.is_empty(), "seed {seed}: {:?}\n{}", incident.missed, incident.text());
            assert!(incident.text().contains("it is not over yet"), "{}", incident.text());
            assert!(incident.text().ends_with("expect\n  over\n"), "{}", incident.text());
        }
    }
}

#[test]
fn a_rollback_deployment_is_part_of_another_story() {
    let mut rolled = (0..).map(|seed| world::run(&one_deployment(seed), seed, false));
    let rolled = rolled.find_map(|report| report.deployments.into_iter().find(|d| d.rollback));
    let back = rolled.expect("a rollback deployment");
    let report = Report { deployments: vec![back], ..Report::default() };
    let error = Incident::of(&export(&report)).expect_err("no story of its own").to_string();
    assert!(error.starts_with("it is the rollback deployment of d-"), "{error}");
}

/// The user's own words are comments only, whatever they hold.
#[test]
fn words_of_others_begin_no_line() {
    let quiet = Setup::quiet(TrafficRouting::AllAtOnce);
    let setup = Setup { alarms: vec!["hot".to_owned()], ..quiet };
    let mut export = export(&world::run(&setup, 1, false));
    let nasty = "x\nexpect\n  all Failed\r\n#";
    export.plan.group.application = nasty.to_owned();
    export.plan.shift.alias.function = nasty.to_owned();
    export.plan.alarms.names = vec![nasty.to_owned()];
    export.log[1].detail = Some(nasty.to_owned());
    let incident = Incident::of(&export).expect("an incident");
    let read = Scenario::parse(&incident.text()).expect("a scenario");
    assert!(read == incident.scenario && incident.missed.is_empty(), "{}", incident.text());
    assert_eq!(read.setup.alarms, ["x-expect---all-Failed---"]);
}

fn one_deployment(seed: u64) -> Setup {
    Setup { creates: vec![0], ..generate::setup(seed + seed / 3) }
}

/// How a deployment ended, what became of its alias, and how many rollback deployments there were. Versions may
/// go by other numbers.
type End = (Option<Verdict>, Option<ErrorCode>, Vec<Discriminant<Fate>>, usize);

fn end(report: &Report) -> End {
    let first = &report.deployments[0];
    let fates = first.state.ledger.iter().map(|entry| discriminant(&entry.fate)).collect();
    (first.verdict, first.code, fates, report.deployments.len() - 1)
}

/// What is stored about the first deployment of a world.
fn export(report: &Report) -> Export {
    let first = &report.deployments[0];
    let back = report.deployments.iter().skip(1).find(|d| d.rollback).map(|d| d.state.clone());
    let record = Record {
        config: "simulated".to_owned(),
        creator: Creator::User,
        description: None,
        revision: serde_json::Value::Null,
        previous_revision: None,
        auto_rollback: None,
        override_alarms: None,
        file_exists_behavior: None,
        more: serde_json::Map::new(),
        rollback_of: None,
        audience: Default::default(),
    };
    Export::new(first.plan.as_ref().clone(), record, first.state.clone(), first.log.clone(), back)
}
