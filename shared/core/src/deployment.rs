//! A deployment's state: one item, changed by `decide` alone.

use serde::{Deserialize, Serialize};

use crate::event::HookStatus;
use crate::ids::DeploymentId;
use crate::ledger::{Fate, LedgerEntry};
use crate::lifecycle::{EventRecord, LifecycleEvent};
use crate::mark::{self, Mark, MarkKind};
use crate::plan::{Plan, Step};
use crate::scaling::Suspension;
use crate::time::Timestamp;

/// The stored version of [`Deployment`].
pub const DEPLOYMENT_VERSION: u16 = 1;

/// How a deployment ends, as the API spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// All traffic is on the target.
    Succeeded,
    /// It failed; what it did is undone or yielded.
    Failed,
    /// It was stopped by an alarm or a request; what it did is undone.
    Stopped,
}

impl Verdict {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
        }
    }
}

/// errorInformation codes that the engine gives, as the API spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// An alarm is in ALARM or cannot be read.
    AlarmActive,
    /// A hook failed, did not answer or could not be invoked.
    HookExecutionFailure,
    /// The alias is not what the AppSpec says, or somebody else changed it.
    InvalidLambdaConfiguration,
    /// The function or one of its versions does not exist.
    InvalidLambdaFunction,
    /// Somebody asked to stop.
    ManualStop,
    /// An outside call was refused for lack of permission or another lasting reason.
    IamRolePermissions,
    /// Calls kept being throttled or failing.
    Throttled,
    /// The revision cannot be used.
    InvalidRevision,
    /// The group selects no instance.
    NoInstances,
    /// A named Auto Scaling group does not exist.
    AutoScalingConfiguration,
    /// The group selects more instances than a deployment can have.
    OverMaxInstances,
    /// Too many instances failed for the rest to be tried, or for the deployment to have succeeded.
    HealthConstraints,
    /// The minimum of healthy instances allows no instance to be touched.
    HealthConstraintsInvalid,
}

impl ErrorCode {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlarmActive => "ALARM_ACTIVE",
            Self::HookExecutionFailure => "HOOK_EXECUTION_FAILURE",
            Self::InvalidLambdaConfiguration => "INVALID_LAMBDA_CONFIGURATION",
            Self::InvalidLambdaFunction => "INVALID_LAMBDA_FUNCTION",
            Self::ManualStop => "MANUAL_STOP",
            Self::IamRolePermissions => "IAM_ROLE_PERMISSIONS",
            Self::Throttled => "THROTTLED",
            Self::InvalidRevision => "INVALID_REVISION",
            Self::NoInstances => "NO_INSTANCES",
            Self::AutoScalingConfiguration => "AUTO_SCALING_CONFIGURATION",
            Self::OverMaxInstances => "OVER_MAX_INSTANCES",
            Self::HealthConstraints => "HEALTH_CONSTRAINTS",
            Self::HealthConstraintsInvalid => "HEALTH_CONSTRAINTS_INVALID",
        }
    }
}

/// What made a deployment end before its plan did: picks the rollback trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Something failed.
    Failure,
    /// An alarm.
    Alarm,
    /// A request.
    Request,
}

/// A decided end that is not success. Once set it never changes but for the worse: a foreign write found
/// while undoing turns Stopped into Failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Failed or Stopped.
    pub verdict: Verdict,
    /// errorInformation.code.
    pub code: ErrorCode,
    /// errorInformation.message.
    pub message: String,
    /// What made it end.
    pub cause: Cause,
    /// When that was decided.
    pub at: Timestamp,
    /// autoRollbackEnabled of a stop request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<bool>,
}

/// Where a deployment is between two commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase")]
pub enum Phase {
    /// The act of the current step (or of the undo) may be claimed once the wake is due.
    Ready,
    /// A worker performs the act.
    Acting {
        /// The claim: the epoch at which it was made.
        token: u64,
        /// When the claim ends if nobody reports.
        lease_until: Timestamp,
    },
    /// A hook's answer is awaited.
    Awaiting {
        /// When its time is up.
        until: Timestamp,
    },
    /// A share of the traffic stands.
    Baking {
        /// Until when.
        until: Timestamp,
    },
    /// A fleet is at work.
    Watching {
        /// When it is looked at even if it does not call.
        until: Timestamp,
    },
    /// Everything outside is settled; the finish transaction is due.
    Closing {
        /// How it ends.
        verdict: Verdict,
    },
    /// Over. Never changes again.
    Done {
        /// How it ended.
        verdict: Verdict,
    },
}

/// Facts heard from outside, recorded in any phase and acted on between two acts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// What the hook of the current step answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<HookAnswer>,
    /// The first demand to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Ending>,
    /// Who abandoned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned_by: Option<String>,
}

/// A hook's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAnswer {
    /// Which execution answered.
    pub execution_id: String,
    /// What it said.
    pub status: HookStatus,
}

/// What a deployment knows of its fleet; the roster and the board know the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetState {
    /// Hosts that take part.
    pub hosts: u32,
    /// How many of them must stay healthy.
    pub minimum: u32,
    /// The roll-out was asked for, so hosts may be at work.
    #[serde(default)]
    pub begun: bool,
    /// No host is at work and none will begin.
    #[serde(default)]
    pub closed: bool,
    /// Some host was asked to begin.
    #[serde(default)]
    pub attempted: bool,
    /// It called, and has not been looked at since.
    #[serde(default)]
    pub calls: bool,
    /// Hosts that were launched meanwhile and have another revision.
    #[serde(default, skip_serializing_if = "is_none")]
    pub launched: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_none(n: &u32) -> bool {
    *n == 0
}

/// The mutable half of a deployment (the immutable half is its [`Plan`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// [`DEPLOYMENT_VERSION`].
    pub v: u16,
    /// Its id.
    pub id: DeploymentId,
    /// Grows by one at every commit; a wake of another epoch is stale.
    pub epoch: u64,
    /// The step at which it stands.
    pub cursor: u16,
    /// Where it is.
    #[serde(flatten)]
    pub phase: Phase,
    /// When the current epoch's wake is due; absent once over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at: Option<Timestamp>,
    /// Failed or lost tries of the current act.
    #[serde(default)]
    pub tries: u32,
    /// Until then a call of the last act may still land, so nothing else is asked for outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt_until: Option<Timestamp>,
    /// Set once it will not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// What was heard from outside.
    #[serde(default)]
    pub signals: Signals,
    /// What was changed outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerEntry>,
    /// What of Auto Scaling groups it wants suspended while it runs, once that was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
    /// What is known of the fleet, once its hosts are looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<FleetState>,
    /// The target's lifecycle events.
    pub events: Vec<EventRecord>,
    /// The newest part of the log.
    #[serde(default, with = "mark::compact")]
    pub marks: Vec<Mark>,
    /// The seq of the next mark.
    #[serde(default)]
    pub next_mark: u32,
    /// When the first step was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

/// The lifecycle events of the deployment's target; none without one.
fn lifecycle(plan: &Plan) -> Vec<EventRecord> {
    match plan.moves() {
        Some(_) => LifecycleEvent::LAMBDA.into_iter().map(EventRecord::pending).collect(),
        None => Vec::new(),
    }
}

impl Deployment {
    /// The state right after creation.
    pub fn new(plan: &Plan) -> Self {
        let mut new = Self {
            v: DEPLOYMENT_VERSION,
            id: plan.deployment.clone(),
            epoch: 1,
            cursor: 0,
            phase: Phase::Ready,
            wake_at: Some(plan.start_at),
            tries: 0,
            doubt_until: None,
            ending: None,
            signals: Signals::default(),
            ledger: Vec::new(),
            suspensions: Vec::new(),
            fleet: None,
            events: lifecycle(plan),
            marks: Vec::new(),
            next_mark: 0,
            started_at: None,
            completed_at: None,
        };
        new.mark(plan.created_at, MarkKind::Created, None);
        new
    }

    /// The verdict, once over.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.phase {
            Phase::Done { verdict } => Some(verdict),
            _ => None,
        }
    }

    /// The place in the ledger of the next thing to undo, while ending.
    pub fn to_undo(&self) -> Option<usize> {
        self.ending.as_ref()?;
        self.ledger.iter().position(|e| e.fate == Fate::Open && e.may_differ())
    }

    /// Whether hosts may be at work.
    pub fn fleet_open(&self) -> bool {
        self.fleet.as_ref().is_some_and(|fleet| fleet.begun && !fleet.closed)
    }

    /// Whether nothing more is deployed: it ends, or its roll-out is done and only looked after.
    pub fn is_leaving(&self, plan: &Plan) -> bool {
        self.ending.is_some() || matches!(plan.step(self.cursor), None | Some(Step::LookAgain))
    }

    /// Whether the next thing to do is to resume what it suspended: last of all, because until then hosts may be at
    /// work.
    pub fn resumes(&self, plan: &Plan) -> bool {
        let first = self.to_undo().is_some() || self.fleet_open();
        self.is_leaving(plan) && !first && self.suspensions.iter().any(Suspension::is_open)
    }

    /// Whether something outside is not yet as an end demands it.
    pub fn unsettled(&self, plan: &Plan) -> bool {
        self.to_undo().is_some() || (self.ending.is_some() && self.fleet_open()) || self.resumes(plan)
    }

    /// The answer of the hook at the cursor, if it has come.
    pub fn hook_answer(&self, plan: &Plan) -> Option<HookStatus> {
        let Some(Step::Hook { execution_id, .. }) = plan.step(self.cursor) else { return None };
        let answer = self.signals.hook.as_ref()?;
        (answer.execution_id == *execution_id).then_some(answer.status)
    }

    /// Adds a mark for the commit that is being made.
    pub fn mark(&mut self, at: Timestamp, kind: MarkKind, detail: Option<String>) {
        let mark = Mark { seq: 0, at, epoch: self.epoch + 1, step: self.cursor, kind, detail, count: 1 };
        mark::push(&mut self.marks, &mut self.next_mark, mark);
    }
}
