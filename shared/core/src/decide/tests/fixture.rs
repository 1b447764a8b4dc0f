//! A deployment that a table drives event by event.

use crate::act::{FleetOver, FleetSeen, Outcome};
use crate::alias::{AliasRef, AliasState};
use crate::config::TrafficRouting;
use crate::decide::decide;
use crate::deployment::{Deployment, Phase};
use crate::event::{Decision, Event, HookStatus, Why};
use crate::fleet::minimum::FleetMinimum;
use crate::fleet_plan::{FleetPlan, Previous, Selection};
use crate::host_work::{Bundle, HostWork};
use crate::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use crate::ledger::Fate;
use crate::plan::{
    self, AlarmPlan, AliasShift, AutoRollback, GroupRef, HookFunctions, Plan, PlanInput, ShiftWork, Step,
    Work,
};
use crate::time::Timestamp;

/// What a table's row lets happen.
#[derive(Debug, Clone)]
pub(super) enum Do {
    /// The timer of the epoch, at its time.
    Wake,
    /// The act that is claimed comes back so.
    Back(Outcome),
    /// An act of that claim comes back, whoever holds the claim now.
    Late(u64, Outcome),
    /// The hook at the cursor answers.
    Hook(HookStatus),
    /// A hook answers with this execution id.
    HookId(&'static str, HookStatus),
    /// A request to stop.
    Stop,
    /// A request to stop that says whether to roll back.
    StopRolling(bool),
    /// This alarm is red.
    Alarm(&'static str),
    /// The alarms cannot be read.
    Unreadable,
    /// An operator abandons.
    Abandon,
    /// The fleet calls.
    Call,
}

/// A deployment under a table.
pub(super) struct Case {
    pub(super) plan: Plan,
    pub(super) state: Deployment,
    pub(super) now: Timestamp,
    pub(super) said: Option<Why>,
}

/// resolve 0, 10 % 1, bake 2, 100 % 3, verify 4.
pub(super) fn bare() -> Case {
    case(false, &[])
}

/// resolve 0, alarms 1, before 2, alarms 3, 10 % 4, bake 5, alarms 6, 100 % 7, after 8, alarms 9, verify 10.
pub(super) fn full() -> Case {
    case(true, &["hot"])
}

/// hosts 0, alarms 1, fleet 2.
pub(super) fn hosts(alarms: &[&str]) -> Case {
    let work = HostWork {
        application: "app".into(),
        group: "group".into(),
        group_id: GroupId::new("g"),
        bundle: Bundle::Local { path: "/srv/b.zip".into(), bundle_type: "zip".into() },
        sha256: None,
        appspec: None,
        events: vec!["Install".into()],
        file_exists: "DISALLOW".into(),
        ignore_stop_failures: false,
        creator: "user".into(),
        reuse: false,
        keep: None,
    };
    let fleet = FleetPlan {
        selection: Selection::default(),
        outdated_only: false,
        suspend: Vec::new(),
        update_launched: false,
        minimum: FleetMinimum::MostConcurrency(1),
        zonal: None,
        accept_ms: 60_000,
        shard_hosts: 500,
        previous: Some(Box::new(Previous { work: work.clone(), revision: "r1".into() })),
        revision: "r2".into(),
        work,
    };
    planned(PlanInput { work: Work::Fleet(Box::new(fleet)), ..input(false, alarms) })
}

/// hosts 0, processes 1, suspend 2, fleet 3; of one Auto Scaling group.
pub(super) fn scaled() -> Case {
    let Case { mut plan, .. } = hosts(&[]);
    let fleet = plan.fleet.as_mut().expect("a fleet");
    fleet.suspend = vec!["Terminate".into(), "AZRebalance".into()];
    fleet.selection.auto_scaling_groups = vec!["asg".into()];
    plan.steps = fleet.steps(&plan.alarms);
    Case { state: Deployment::new(&plan), now: plan.start_at, plan, said: None }
}

/// The same, which looks for hosts that were launched meanwhile: again 4.
pub(super) fn looking_again() -> Case {
    let Case { mut plan, .. } = scaled();
    let fleet = plan.fleet.as_mut().expect("a fleet");
    fleet.update_launched = true;
    plan.steps = fleet.steps(&plan.alarms);
    Case { state: Deployment::new(&plan), now: plan.start_at, plan, said: None }
}

/// What the API returns of a deployment.
pub(super) fn record() -> crate::record::Record {
    crate::record::Record {
        config: "CodeDeployDefault.OneAtATime".into(),
        creator: crate::record::Creator::User,
        description: None,
        revision: "new".into(),
        previous_revision: Some("old".into()),
        auto_rollback: None,
        override_alarms: None,
        file_exists_behavior: None,
        more: serde_json::Map::new(),
        rollback_of: None,
        audience: Default::default(),
    }
}

fn case(hooks: bool, alarms: &[&str]) -> Case {
    planned(input(hooks, alarms))
}

fn planned(input: PlanInput) -> Case {
    let plan = plan::plan(&input).expect("a plan");
    Case { state: Deployment::new(&plan), now: plan.start_at, plan, said: None }
}

fn input(hooks: bool, alarms: &[&str]) -> PlanInput {
    PlanInput {
        deployment: DeploymentId::from_bits(1),
        rollback_id: DeploymentId::from_bits(2),
        scope: Scope::new("123456789012", "us-east-1"),
        group: GroupRef {
            application_id: ApplicationId::new("a"),
            application: "app".into(),
            group_id: GroupId::new("g"),
            group: "group".into(),
        },
        work: Work::Shift(ShiftWork {
            routing: TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 5 },
            shift: AliasShift {
                alias: AliasRef { function: "fn".into(), alias: "live".into() },
                current: "1".into(),
                target: "2".into(),
            },
            hooks: HookFunctions {
                before_allow_traffic: hooks.then(|| "pre".into()),
                after_allow_traffic: hooks.then(|| "post".into()),
            },
            hook_timeout_ms: 3_600_000,
            nonce: "n".into(),
        }),
        alarms: AlarmPlan { names: alarms.iter().map(|a| (*a).into()).collect(), ignore_poll_failure: false },
        auto_rollback: AutoRollback::default(),
        speed: 1,
        now: Timestamp::from_millis(0),
    }
}

/// A fleet of three, at work or over.
pub(super) fn seen(over: Option<bool>) -> Outcome {
    let over = over.map(|succeeded| FleetOver { succeeded, message: "All told.".into(), attempted: true });
    Outcome::Fleet { seen: FleetSeen { hosts: 3, minimum: 2, over } }
}

/// The Auto Scaling group with these processes suspended.
pub(super) fn processes(suspended: &[&str]) -> Outcome {
    let names = suspended.iter().map(|name| (*name).to_owned()).collect();
    Outcome::Processes { suspended: [("asg".to_owned(), names)].into(), failed: None }
}

impl Case {
    /// Goes on, everything succeeding, until the step is ready to be claimed.
    pub(super) fn at(mut self, step: u16) -> Self {
        for _ in 0..200 {
            if self.state.cursor == step && self.state.phase == Phase::Ready {
                return self;
            }
            match self.state.phase {
                Phase::Acting { .. } => {
                    let outcome = self.good();
                    self.step(Do::Back(outcome));
                }
                Phase::Awaiting { .. } => self.step(Do::Hook(HookStatus::Succeeded)),
                _ => self.step(Do::Wake),
            }
        }
        panic!("step {step} is never ready: {}", self.told());
    }

    /// What a good worker brings from the act at the cursor.
    pub(super) fn good(&self) -> Outcome {
        match self.plan.step(self.state.cursor) {
            _ if self.state.ending.is_some() => Outcome::AliasSet,
            Some(Step::ResolveTargets) => Outcome::Resolved { observed: AliasState::whole("1") },
            Some(Step::CheckAlarms) => Outcome::AlarmsRead { red: Vec::new() },
            Some(Step::Hook { .. }) => Outcome::HookInvoked,
            Some(Step::Shift { .. }) => Outcome::AliasSet,
            Some(Step::ResolveFleet) => seen(None),
            Some(Step::LookAtProcesses) => processes(&["AZRebalance"]),
            Some(Step::SuspendProcesses) => processes(&["AZRebalance", "Terminate"]),
            Some(Step::RunFleet) => seen(Some(true)),
            Some(Step::LookAgain) => Outcome::Launched { hosts: 2 },
            _ => Outcome::Verified,
        }
    }

    /// Lets it happen.
    pub(super) fn step(&mut self, what: Do) {
        let event = self.event(what);
        match decide(&self.plan, &self.state, &event, self.now) {
            Decision::Commit(next) => {
                assert_eq!(next.epoch, self.state.epoch + 1, "{event:?}");
                (self.state, self.said) = (*next, None);
            }
            Decision::Ignore(why) => self.said = Some(why),
            Decision::Later(at) => panic!("{event:?} comes too early, it is due at {at:?}"),
        }
    }

    fn event(&mut self, what: Do) -> Event {
        match what {
            Do::Wake => {
                self.now = self.now.max(self.state.wake_at.unwrap_or(self.now));
                Event::Wake { epoch: self.state.epoch }
            }
            Do::Back(outcome) => {
                let Phase::Acting { token, .. } = self.state.phase else {
                    panic!("nothing is claimed: {}", self.told())
                };
                Event::Acted { token, outcome }
            }
            Do::Late(token, outcome) => Event::Acted { token, outcome },
            Do::Hook(status) => {
                let Some(Step::Hook { execution_id, .. }) = self.plan.step(self.state.cursor) else {
                    panic!("no hook: {}", self.told())
                };
                Event::HookReported { execution_id: execution_id.clone(), status }
            }
            Do::HookId(id, status) => Event::HookReported { execution_id: id.to_owned(), status },
            Do::Stop => Event::StopRequested { rollback: None },
            Do::StopRolling(rollback) => Event::StopRequested { rollback: Some(rollback) },
            Do::Alarm(name) => Event::AlarmActive { name: name.to_owned() },
            Do::Unreadable => Event::AlarmsUnreadable { message: "denied".to_owned() },
            Do::Call => Event::FleetOver,
            Do::Abandon => Event::AbandonRequested { by: "op".to_owned() },
        }
    }

    /// Where it stands: `phase@cursor, due, tries, end, fate, ignored`.
    pub(super) fn told(&self) -> String {
        let state = &self.state;
        let phase = match &state.phase {
            Phase::Ready => "Ready".to_owned(),
            Phase::Acting { .. } => "Acting".to_owned(),
            Phase::Awaiting { .. } => "Awaiting".to_owned(),
            Phase::Baking { .. } => "Baking".to_owned(),
            Phase::Watching { .. } => "Watching".to_owned(),
            Phase::Closing { verdict } => format!("Closing {}", verdict.as_str()),
            Phase::Done { verdict } => format!("Done {}", verdict.as_str()),
        };
        let mut told = format!("{phase}@{}", state.cursor);
        if let Some(at) = state.wake_at {
            told += &format!(" +{}s", at.ms_since(self.now) / 1000);
        }
        if state.tries > 0 {
            told += &format!(" tries {}", state.tries);
        }
        if let Some(end) = &state.ending {
            told += &format!(" {}", end.code.as_str());
        } else if let Some(end) = &state.signals.end {
            told += &format!(" ({})", end.code.as_str());
        }
        match state.ledger.first().map(|entry| &entry.fate) {
            None | Some(Fate::Open) => {}
            Some(Fate::Kept) => told += " kept",
            Some(Fate::Undone) => told += " undone",
            Some(Fate::Yielded { .. }) => told += " yielded",
            Some(Fate::Gone) => told += " gone",
            Some(Fate::Abandoned) => told += " abandoned",
        }
        if let Some(why) = self.said {
            told += &format!(" ignored {why:?}");
        }
        told
    }
}

/// Runs rows of a table: from where, what happens, where it stands then.
pub(super) fn table(rows: Vec<(Case, Vec<Do>, &str)>) {
    for (i, (mut case, events, expected)) in rows.into_iter().enumerate() {
        let from = case.told();
        let what = format!("{events:?}");
        events.into_iter().for_each(|event| case.step(event));
        assert_eq!(case.told(), expected, "row {i}: from {from}, {what}");
    }
}

/// Nothing was done; it may be tried again.
pub(super) fn retry() -> Outcome {
    Outcome::Retry { message: "throttled".to_owned() }
}

/// Nobody knows.
pub(super) fn doubt() -> Outcome {
    Outcome::InDoubt { message: "timed out".to_owned() }
}

/// The service does not accept it.
pub(super) fn refused() -> Outcome {
    Outcome::Refused { message: "no such weight".to_owned() }
}

/// A permission is missing.
pub(super) fn denied() -> Outcome {
    Outcome::Denied { message: "not authorized".to_owned() }
}

/// The thing is not there.
pub(super) fn gone() -> Outcome {
    Outcome::Gone { what: "the alias".to_owned() }
}

/// Somebody else wrote it.
pub(super) fn foreign() -> Outcome {
    Outcome::Foreign { observed: AliasState::whole("9") }
}

/// These alarms are red.
pub(super) fn red() -> Outcome {
    Outcome::AlarmsRead { red: vec!["hot".to_owned()] }
}
