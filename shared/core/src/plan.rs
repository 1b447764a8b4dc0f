//! `plan()`: revision, group and configuration become an immutable list of steps, once.

use serde::{Deserialize, Serialize};

use crate::alias::AliasRef;
use crate::config::{ComputePlatform, TrafficRouting};
use crate::deployment::ErrorCode;
use crate::fleet_plan::FleetPlan;
use crate::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use crate::lifecycle::LifecycleEvent;
use crate::limits::CREATED_MS;
use crate::time::Timestamp;

pub use crate::plan_kind::PlanKind;

/// The stored version of [`Plan`].
pub const PLAN_VERSION: u16 = 1;

/// Which group a deployment belongs to; ids survive renames, names are those at creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRef {
    /// Application id.
    pub application_id: ApplicationId,
    /// Application name at creation.
    pub application: String,
    /// Group id.
    pub group_id: GroupId,
    /// Group name at creation.
    pub group: String,
}

/// The alias to move and the two versions; all empty in a plan that moves nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasShift {
    /// The alias.
    pub alias: AliasRef,
    /// The version it must name at the start.
    pub current: String,
    /// The version that gets the traffic.
    pub target: String,
}

/// Which alarms guard the deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmPlan {
    /// CloudWatch alarm names; empty means that nothing is watched.
    pub names: Vec<String>,
    /// Go on when the alarms cannot be read (ignorePollAlarmFailure).
    pub ignore_poll_failure: bool,
}

/// Which endings start a rollback deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoRollback {
    /// DEPLOYMENT_FAILURE.
    pub on_failure: bool,
    /// DEPLOYMENT_STOP_ON_ALARM.
    pub on_alarm: bool,
    /// DEPLOYMENT_STOP_ON_REQUEST.
    pub on_request: bool,
}

/// Why a shift is made: picks the queue and the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShiftStyle {
    /// One share, then the rest.
    Canary,
    /// Equal shares.
    Linear,
    /// Everything at once.
    AllAtOnce,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step")]
pub enum Step {
    /// Look at the alias: it must name the current version, without weights, and the target must exist.
    ResolveTargets,
    /// Read the alarms: one in ALARM stops the deployment here.
    CheckAlarms,
    /// Invoke a hook and wait for its answer.
    Hook {
        /// The lifecycle event it belongs to.
        event: LifecycleEvent,
        /// Function name or ARN.
        function: String,
        /// What the hook must answer with; one per (deployment, event), so a repeated invoke reuses it.
        execution_id: String,
        /// Wall-clock limit of the answer.
        timeout_ms: u64,
    },
    /// Give the target this share of the traffic. A level that is set, never an amount that is added.
    Shift {
        /// 1..=100.
        percent: u8,
    },
    /// Let the share stand for a while.
    Bake {
        /// Already divided by the speed.
        span_ms: u64,
    },
    /// Read the alias back before success is claimed.
    Verify,
    /// Look up the hosts of the fleet.
    ResolveFleet,
    /// Read which processes of the fleet's Auto Scaling groups are suspended already.
    LookAtProcesses,
    /// Suspend the others that are to be; they are resumed before the deployment is over, however it ends.
    SuspendProcesses,
    /// Roll the revision out over the fleet.
    RunFleet,
    /// Look for hosts that were launched meanwhile.
    LookAgain,
    /// End here, Failed: it was clear from the start that nothing can be deployed.
    Fail {
        /// What is wrong.
        code: ErrorCode,
        /// For the one who asked.
        message: String,
    },
}

/// A deployment's whole future, fixed when it is created. Stored once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub v: u16,
    /// Whose plan this is.
    pub deployment: DeploymentId,
    /// Where it lives.
    pub scope: Scope,
    /// Its group.
    pub group: GroupRef,
    /// The group's platform.
    pub platform: ComputePlatform,
    /// Forward or rollback.
    pub kind: PlanKind,
    /// How the traffic moves.
    pub style: ShiftStyle,
    /// What is moved.
    pub shift: AliasShift,
    /// The fleet, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<Box<FleetPlan>>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The alarms.
    pub alarms: AlarmPlan,
    /// When a rollback deployment follows.
    pub auto_rollback: AutoRollback,
    /// The id that a rollback deployment would have, reserved so that creating it twice is impossible.
    pub rollback_id: DeploymentId,
    /// What the spans were divided by.
    pub speed: u32,
    /// When the deployment was created.
    pub created_at: Timestamp,
    /// When its first step is due; until then it shows `Created`.
    pub start_at: Timestamp,
}

/// The hook functions of an AppSpec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookFunctions {
    /// BeforeAllowTraffic.
    pub before_allow_traffic: Option<String>,
    /// AfterAllowTraffic.
    pub after_allow_traffic: Option<String>,
}

/// What a deployment is to do.
#[derive(Debug, Clone)]
pub enum Work {
    /// Shift an alias.
    Shift(ShiftWork),
    /// Roll a revision out over a fleet.
    Fleet(Box<FleetPlan>),
    /// Nothing: it ends at its start, Failed, and says why.
    Fail {
        /// What the deployment would have run on.
        platform: ComputePlatform,
        /// What is wrong.
        code: ErrorCode,
        /// For the one who asked.
        message: String,
    },
}

/// An alias to shift, and how.
#[derive(Debug, Clone)]
pub struct ShiftWork {
    /// How the traffic moves.
    pub routing: TrafficRouting,
    /// What is moved.
    pub shift: AliasShift,
    /// The hooks.
    pub hooks: HookFunctions,
    /// How long a hook may take to answer.
    pub hook_timeout_ms: u64,
    /// Random text that makes hook execution ids unguessable.
    pub nonce: String,
}

/// All that a plan depends on.
#[derive(Debug, Clone)]
pub struct PlanInput {
    /// The new deployment's id.
    pub deployment: DeploymentId,
    /// The id reserved for its rollback.
    pub rollback_id: DeploymentId,
    /// Where it lives.
    pub scope: Scope,
    /// Its group.
    pub group: GroupRef,
    /// What there is to do.
    pub work: Work,
    /// The alarms that count for this deployment.
    pub alarms: AlarmPlan,
    /// When a rollback deployment follows.
    pub auto_rollback: AutoRollback,
    /// What the plan's spans are divided by; 1 in production.
    pub speed: u32,
    /// Now.
    pub now: Timestamp,
}

/// Why no plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Rollbacks could not be told from deployments.
    #[error("the rollback deployment cannot have the deployment's own id {0}")]
    SameRollbackId(DeploymentId),
    /// Spans would be divided by nothing.
    #[error("the speed must be at least 1")]
    NoSpeed,
}

/// Makes the plan of a deployment.
///
/// For an alias the order is: look at the alias; alarms; BeforeAllowTraffic hook; then every share of the traffic with
/// a wait between two, the alarms read once more right before each; AfterAllowTraffic hook; alarms; read
/// the alias back. With [`PlanInput::speed`] the waits shrink, nothing else does.
pub fn plan(input: &PlanInput) -> Result<Plan, PlanError> {
    if input.deployment == input.rollback_id {
        return Err(PlanError::SameRollbackId(input.deployment.clone()));
    }
    if input.speed == 0 {
        return Err(PlanError::NoSpeed);
    }
    let (platform, steps) = match &input.work {
        Work::Shift(work) => (ComputePlatform::Lambda, lambda_steps(input, work)),
        Work::Fleet(fleet) => (ComputePlatform::Server, fleet.steps(&input.alarms)),
        Work::Fail { platform, code, message } => {
            (*platform, vec![Step::Fail { code: *code, message: message.clone() }])
        }
    };
    let (style, shift) = match &input.work {
        Work::Shift(work) => (style(work.routing), work.shift.clone()),
        Work::Fleet(_) | Work::Fail { .. } => (ShiftStyle::AllAtOnce, AliasShift::default()),
    };
    let fleet = match &input.work {
        Work::Fleet(fleet) => Some(fleet.clone()),
        Work::Shift(_) | Work::Fail { .. } => None,
    };
    Ok(Plan {
        v: PLAN_VERSION,
        deployment: input.deployment.clone(),
        scope: input.scope.clone(),
        group: input.group.clone(),
        platform,
        kind: PlanKind::Forward,
        style,
        shift,
        fleet,
        steps,
        alarms: distinct(&input.alarms),
        auto_rollback: input.auto_rollback,
        rollback_id: input.rollback_id.clone(),
        speed: input.speed,
        created_at: input.now,
        start_at: input.now.plus_ms(CREATED_MS),
    })
}

fn style(routing: TrafficRouting) -> ShiftStyle {
    match routing {
        TrafficRouting::AllAtOnce => ShiftStyle::AllAtOnce,
        TrafficRouting::TimeBasedCanary { .. } => ShiftStyle::Canary,
        TrafficRouting::TimeBasedLinear { .. } => ShiftStyle::Linear,
    }
}

/// Each alarm once: a watch is kept for each name.
fn distinct(alarms: &AlarmPlan) -> AlarmPlan {
    let mut names: Vec<String> = Vec::with_capacity(alarms.names.len());
    for name in &alarms.names {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    AlarmPlan { names, ..alarms.clone() }
}

fn lambda_steps(input: &PlanInput, work: &ShiftWork) -> Vec<Step> {
    let check = || (!input.alarms.names.is_empty()).then_some(Step::CheckAlarms);
    let hook = |event: LifecycleEvent, function: &Option<String>| {
        function.as_ref().map(|function| Step::Hook {
            event,
            function: function.clone(),
            execution_id: format!("{}-{}-{}", input.deployment, event.as_str(), work.nonce),
            timeout_ms: work.hook_timeout_ms,
        })
    };
    let mut steps = vec![Step::ResolveTargets];
    if let Some(before) = hook(LifecycleEvent::BeforeAllowTraffic, &work.hooks.before_allow_traffic) {
        steps.extend(check());
        steps.push(before);
    }
    let span_ms = u64::from(work.routing.interval_mins()) * 60_000 / u64::from(input.speed);
    for (i, percent) in work.routing.shares().into_iter().enumerate() {
        if i > 0 {
            steps.push(Step::Bake { span_ms });
        }
        steps.extend(check());
        steps.push(Step::Shift { percent });
    }
    steps.extend(hook(LifecycleEvent::AfterAllowTraffic, &work.hooks.after_allow_traffic));
    steps.extend(check());
    steps.push(Step::Verify);
    steps
}

impl Plan {
    /// What is moved; nothing where it was clear from the start that it cannot be.
    pub fn moves(&self) -> Option<&AliasShift> {
        (!self.shift.alias.function.is_empty()).then_some(&self.shift)
    }

    /// The step at this place.
    pub fn step(&self, cursor: u16) -> Option<&Step> {
        self.steps.get(usize::from(cursor))
    }

    /// The lifecycle event that is running while the cursor stands here: events without a step of their
    /// own pass at once.
    pub fn event_at(&self, cursor: u16) -> Option<LifecycleEvent> {
        let cursor = usize::from(cursor);
        let first_shift = self.steps.iter().position(|s| matches!(s, Step::Shift { .. }))?;
        let last_shift = self.steps.iter().rposition(|s| matches!(s, Step::Shift { .. }))?;
        match self.steps.get(cursor)? {
            Step::Hook { event, .. } => Some(*event),
            _ if (first_shift..=last_shift).contains(&cursor) => Some(LifecycleEvent::AllowTraffic),
            _ => None,
        }
    }

    /// How many of the target's lifecycle events are over once the cursor stands here.
    pub fn events_over(&self, cursor: u16) -> usize {
        let cursor = usize::from(cursor);
        let last_of = |event: LifecycleEvent| match event {
            LifecycleEvent::AllowTraffic => self.steps.iter().rposition(|s| matches!(s, Step::Shift { .. })),
            _ => self.steps.iter().position(|s| matches!(s, Step::Hook { event: e, .. } if *e == event)),
        };
        let first_shift = self.steps.iter().position(|s| matches!(s, Step::Shift { .. }));
        let before =
            match last_of(LifecycleEvent::BeforeAllowTraffic).or(first_shift.map(|i| i.saturating_sub(1))) {
                Some(last) => cursor > last,
                None => cursor >= self.steps.len(),
            };
        let allow = match last_of(LifecycleEvent::AllowTraffic) {
            Some(last) => cursor > last,
            None => cursor >= self.steps.len(),
        };
        let after = match last_of(LifecycleEvent::AfterAllowTraffic) {
            Some(last) => cursor > last,
            None => allow,
        };
        [before, allow, after].into_iter().take_while(|over| *over).count()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A canary without hooks and alarms.
    pub(crate) fn canary() -> Plan {
        let routing = TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 5 };
        plan(&input(routing, &[], false, false, 1)).expect("a plan")
    }

    fn input(routing: TrafficRouting, alarms: &[&str], before: bool, after: bool, speed: u32) -> PlanInput {
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
                routing,
                shift: AliasShift {
                    alias: AliasRef { function: "fn".into(), alias: "live".into() },
                    current: "1".into(),
                    target: "2".into(),
                },
                hooks: HookFunctions {
                    before_allow_traffic: before.then(|| "pre".into()),
                    after_allow_traffic: after.then(|| "post".into()),
                },
                hook_timeout_ms: 1000,
                nonce: "n".into(),
            }),
            alarms: AlarmPlan {
                names: alarms.iter().map(|a| (*a).into()).collect(),
                ignore_poll_failure: false,
            },
            auto_rollback: AutoRollback::default(),
            speed,
            now: Timestamp::from_millis(0),
        }
    }

    fn words(plan: &Plan) -> String {
        let word = |step: &Step| match step {
            Step::ResolveTargets => "resolve".to_owned(),
            Step::CheckAlarms => "alarms".to_owned(),
            Step::Hook { event, .. } => event.as_str().to_owned(),
            Step::Shift { percent } => format!("{percent}%"),
            Step::Bake { span_ms } => format!("bake {span_ms}"),
            Step::Verify => "verify".to_owned(),
            Step::ResolveFleet => "hosts".to_owned(),
            Step::LookAtProcesses => "processes".to_owned(),
            Step::SuspendProcesses => "suspend".to_owned(),
            Step::RunFleet => "fleet".to_owned(),
            Step::LookAgain => "again".to_owned(),
            Step::Fail { code, .. } => code.as_str().to_owned(),
        };
        plan.steps.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn plans_in_order() {
        let canary = TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 5 };
        let linear = TrafficRouting::TimeBasedLinear { percentage: 50, interval_mins: 1 };
        for (input, expected) in [
            (input(TrafficRouting::AllAtOnce, &[], false, false, 1), "resolve, 100%, verify"),
            (input(canary, &[], false, false, 1), "resolve, 10%, bake 300000, 100%, verify"),
            (input(linear, &[], false, false, 60), "resolve, 50%, bake 1000, 100%, verify"),
            (
                input(canary, &["a"], true, true, 1),
                "resolve, alarms, BeforeAllowTraffic, alarms, 10%, bake 300000, alarms, 100%, \
                 AfterAllowTraffic, alarms, verify",
            ),
        ] {
            assert_eq!(words(&plan(&input).expect("a plan")), expected);
        }
    }

    #[test]
    fn events_pass_with_the_cursor() {
        let canary = TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 5 };
        let bare = plan(&input(canary, &[], false, false, 1)).expect("a plan");
        let over: Vec<_> = (0..=5).map(|cursor| bare.events_over(cursor)).collect();
        assert_eq!(over, [0, 1, 1, 1, 3, 3]);
        let full = plan(&input(canary, &["a"], true, true, 1)).expect("a plan");
        let over: Vec<_> = (0..=11).map(|cursor| full.events_over(cursor)).collect();
        assert_eq!(over, [0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 3, 3]);
        assert_eq!(full.event_at(5), Some(LifecycleEvent::AllowTraffic));
        assert_eq!(full.event_at(2), Some(LifecycleEvent::BeforeAllowTraffic));
        assert_eq!(full.event_at(9), None);
    }

    #[test]
    fn an_alarm_that_is_named_twice_is_watched_once() {
        let twice = input(TrafficRouting::AllAtOnce, &["b", "a", "b"], false, false, 1);
        assert_eq!(plan(&twice).expect("a plan").alarms.names, ["b", "a"]);
    }

    #[test]
    fn impossible_inputs_are_refused() {
        let mut same = input(TrafficRouting::AllAtOnce, &[], false, false, 1);
        same.rollback_id = same.deployment.clone();
        assert!(matches!(plan(&same), Err(PlanError::SameRollbackId(_))));
        assert_eq!(plan(&input(TrafficRouting::AllAtOnce, &[], false, false, 0)), Err(PlanError::NoSpeed));
    }
}
