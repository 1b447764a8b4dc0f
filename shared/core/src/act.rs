//! Acts: what a worker does outside, and how it came out.

use serde::{Deserialize, Serialize};

use crate::alias::{AliasRef, AliasState};
use crate::deployment::ErrorCode;
use crate::ids::{DeploymentId, Scope};
use crate::scaling::{Processes, Suspended};

/// One thing to do outside. Acts set, they never add; doing one twice is doing it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Read the alias and see that the target version exists.
    ResolveAlias {
        /// Which alias.
        alias: AliasRef,
        /// The version that must exist.
        target: String,
    },
    /// Read these alarms.
    CheckAlarms {
        /// Their names.
        names: Vec<String>,
    },
    /// Invoke a hook asynchronously.
    InvokeHook {
        /// Function name or ARN.
        function: String,
        /// DeploymentId of the payload.
        deployment_id: String,
        /// LifecycleEventHookExecutionId of the payload.
        execution_id: String,
    },
    /// Bring the alias to `set`, if it is found to be one of `ours` (or `set` already).
    SetAlias {
        /// Which alias.
        alias: AliasRef,
        /// The wanted state.
        set: AliasState,
        /// The states that are our own writing; anything else is somebody else's.
        ours: Vec<AliasState>,
    },
    /// Read the alias back.
    VerifyAlias {
        /// Which alias.
        alias: AliasRef,
        /// What it must be.
        expected: AliasState,
    },
    /// Ask something of the deployment's fleet.
    Fleet {
        /// Where the deployment lives.
        scope: Scope,
        /// The deployment.
        deployment: DeploymentId,
        /// What.
        ask: FleetAsk,
    },
    /// Read which processes of these Auto Scaling groups are suspended.
    LookAtProcesses {
        /// Where they live.
        scope: Scope,
        /// Their names.
        groups: Vec<String>,
    },
    /// See that these processes are suspended.
    SuspendProcesses {
        /// Where they live.
        scope: Scope,
        /// Which.
        of: Vec<Processes>,
    },
    /// See that these processes run.
    ResumeProcesses {
        /// Where they live.
        scope: Scope,
        /// Which.
        of: Vec<Processes>,
    },
}

/// What is asked of a fleet, which answers how it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FleetAsk {
    /// Look up the hosts and write the roster, unless it is written.
    Resolve,
    /// See that the roll-out has begun.
    Run,
    /// See that nothing more begins.
    Withdraw,
    /// Count the hosts that were launched meanwhile. It alone answers [`Outcome::Launched`].
    LookAgain,
}

/// How a fleet stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetSeen {
    /// Hosts that take part.
    pub hosts: u32,
    /// How many of them must stay healthy.
    pub minimum: u32,
    /// Set once no host is at work and none will begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<FleetOver>,
}

/// How a roll-out over a fleet came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetOver {
    /// Whether enough hosts have the revision.
    pub succeeded: bool,
    /// In a sentence, with counts.
    pub message: String,
    /// Whether any host was asked to begin.
    pub attempted: bool,
}

/// How an act came out. Throttling, timeouts and server errors are outcomes too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome")]
pub enum Outcome {
    /// The alias was read, and the target version exists.
    Resolved {
        /// What the alias is.
        observed: AliasState,
    },
    /// Every alarm was read.
    AlarmsRead {
        /// Names of those in ALARM.
        red: Vec<String>,
    },
    /// The hook was handed over.
    HookInvoked,
    /// The alias is in the wanted state.
    AliasSet,
    /// The alias is what it must be.
    Verified,
    /// The fleet was asked.
    Fleet {
        /// How it stands.
        seen: FleetSeen,
    },
    /// Auto Scaling was asked for its hosts once more.
    Launched {
        /// How many have neither the revision nor tried to get it.
        hosts: u32,
    },
    /// The processes of Auto Scaling groups were read, after everything that was asked for.
    Processes {
        /// Which are suspended.
        suspended: Suspended,
        /// Why one of them could not be changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// The fleet cannot be deployed to.
    NoFleet {
        /// What is wrong.
        code: ErrorCode,
        /// For the one who asked.
        message: String,
    },
    /// The alias is something that we did not write.
    Foreign {
        /// What it is.
        observed: AliasState,
    },
    /// The resource does not exist.
    Gone {
        /// Which one, in words.
        what: String,
    },
    /// A permission is missing.
    Denied {
        /// Which, in the service's words.
        message: String,
    },
    /// Trying again cannot help.
    Refused {
        /// Why.
        message: String,
    },
    /// Nothing was done; trying again may help.
    Retry {
        /// Why it failed this time.
        message: String,
    },
    /// It was asked for and no answer came: it may be done, or may yet be, until the claim is over.
    InDoubt {
        /// Why there is no answer.
        message: String,
    },
}
