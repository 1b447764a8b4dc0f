//! One thing goes wrong, everywhere once, and the deployment ends as it would have without it.

use cutover_core::alias::AliasState;
use cutover_core::config::TrafficRouting;
use cutover_core::event::HookStatus;
use cutover_core::fleet::minimum::FleetMinimum;
use cutover_core::plan::AutoRollback;
use sim::exhaustive::everywhere;
use sim::fleet::Fleet;
use sim::setup::{AlarmNow, Happening, Hook, Setup};

/// Unoptimised worlds are slow: there, every third single fault is tried.
const STRIDE: usize = if cfg!(debug_assertions) { 3 } else { 1 };

fn canary() -> Setup {
    let mut setup = Setup::quiet(TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 5 });
    setup.before = Some(Hook { answers: vec![(2_000, HookStatus::Succeeded)], returns_after: 0 });
    setup.after = Some(Hook { answers: vec![(0, HookStatus::Succeeded)], returns_after: 1_000 });
    setup.alarms = vec!["hot".to_owned()];
    setup.auto_rollback = AutoRollback { on_failure: true, on_alarm: true, on_request: true };
    setup
}

/// Each run must end as the one without a fault.
fn ends_alike(setup: &Setup, verdict: &str, rollbacks: usize, alias: &AliasState) {
    let (found, worlds, _) = everywhere(setup, 7, STRIDE, |report| {
        let first = report.deployments.first().and_then(|d| d.verdict).map(|v| v.as_str());
        let back = report.deployments.iter().filter(|d| d.rollback).count();
        if (first, back, report.alias.as_ref()) == (Some(verdict), rollbacks, Some(alias)) {
            return Ok(());
        }
        Err(format!("ended {first:?} with {back} rollback deployments, alias {:?}", report.alias))
    });
    assert!(found.is_none(), "{found:?}");
    assert!(worlds > 300 / STRIDE as u64, "{worlds} worlds");
}

#[test]
fn success() {
    ends_alike(&canary(), "Succeeded", 0, &AliasState::whole("2"));
}

#[test]
fn hook_failure() {
    let mut setup = canary();
    setup.after = Some(Hook { answers: vec![(2_000, HookStatus::Failed)], returns_after: 0 });
    ends_alike(&setup, "Failed", 1, &AliasState::whole("1"));
}

#[test]
fn alarm_red_while_the_share_stands() {
    let mut setup = canary();
    let now = AlarmNow::Red;
    setup.happenings.push((200_000, Happening::Alarm { name: "hot".to_owned(), now, told: true }));
    ends_alike(&setup, "Stopped", 1, &AliasState::whole("1"));
}

#[test]
fn stop_while_the_share_stands() {
    let mut setup = canary();
    setup.happenings.push((200_000, Happening::Stop { rollback: Some(false) }));
    ends_alike(&setup, "Stopped", 0, &AliasState::whole("1"));
}

#[test]
fn hosts_one_at_a_time() {
    let mut setup = Setup::quiet(TrafficRouting::AllAtOnce);
    setup.fleet = Some(Fleet::new(2, FleetMinimum::MostConcurrency(1)));
    ends_alike(&setup, "Succeeded", 0, &AliasState::whole("1"));
}

#[test]
fn stop_while_hosts_are_at_work() {
    let mut setup = Setup::quiet(TrafficRouting::AllAtOnce);
    setup.fleet = Some(Fleet::new(3, FleetMinimum::MostConcurrency(1)));
    setup.happenings.push((30_000, Happening::Stop { rollback: Some(false) }));
    ends_alike(&setup, "Stopped", 0, &AliasState::whole("1"));
}

#[test]
fn foreign_write_while_the_share_stands() {
    let mut setup = canary();
    let theirs = AliasState::shifted("1", "9", 40);
    setup.happenings.push((200_000, Happening::Foreign(theirs.clone())));
    ends_alike(&setup, "Failed", 0, &theirs);
}
