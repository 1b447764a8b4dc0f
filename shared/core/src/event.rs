//! What `decide` hears and what it answers.

use serde::{Deserialize, Serialize};

use crate::act::Outcome;
use crate::deployment::Deployment;
use crate::time::Timestamp;

/// What a hook answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookStatus {
    /// Go on.
    Succeeded,
    /// Undo.
    Failed,
}

/// Something that a deployment hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Event {
    /// The timer of this epoch.
    Wake {
        /// The epoch it was sent for; any other makes it stale.
        epoch: u64,
    },
    /// An act was performed.
    Acted {
        /// The claim it belongs to.
        token: u64,
        /// How it came out.
        outcome: Outcome,
    },
    /// Signal: a hook answered.
    HookReported {
        /// Which execution.
        execution_id: String,
        /// What it answered.
        status: HookStatus,
    },
    /// Signal: somebody asks to stop.
    StopRequested {
        /// autoRollbackEnabled of the request: forces or denies a rollback deployment.
        rollback: Option<bool>,
    },
    /// Signal: a watched alarm is in ALARM.
    AlarmActive {
        /// Its name.
        name: String,
    },
    /// Signal: the alarms could not be read three times in a row.
    AlarmsUnreadable {
        /// The last failure.
        message: String,
    },
    /// Signal: the roll-out over the fleet is over; look at it.
    FleetOver,
    /// Signal: an operator gives up what cannot be undone.
    AbandonRequested {
        /// Who, for the audit.
        by: String,
    },
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A wake of an epoch that has passed.
    StaleEpoch,
    /// An act of a claim that somebody else has taken over.
    StaleClaim,
    /// The deployment is over.
    Over,
    /// The deployment is already being stopped or undone.
    AlreadyEnding,
    /// The hook has answered before, or its event is over.
    AlreadyAnswered,
    /// No such hook execution has been handed out.
    UnknownExecution,
    /// The alarm is not one that guards this deployment.
    NotWatched,
    /// No fleet is at work, or it is to be looked at anyway.
    NoFleetAtWork,
    /// There is nothing to abandon: the deployment is not undoing anything.
    NothingToAbandon,
}

/// What `decide` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing changes.
    Ignore(Why),
    /// Too early: hear it again at this instant.
    Later(Timestamp),
    /// This is the next state.
    Commit(Box<Deployment>),
}
