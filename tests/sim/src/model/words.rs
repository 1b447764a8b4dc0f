//! What the model speaks of.

use crate::setup::{AlarmNow, Port};

/// What an alias routes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// The version that it names.
    pub version: u64,
    /// Another version, and its share in percent.
    pub share: Option<(u64, u8)>,
}

impl Traffic {
    /// All of it on one version.
    pub fn all(version: u64) -> Self {
        Self { version, share: None }
    }

    /// So many percent on the new version.
    pub fn shifted(from: u64, to: u64, percent: u8) -> Self {
        if percent == 100 { Self::all(to) } else { Self { version: from, share: Some((to, percent)) } }
    }
}

/// What is set for a deployment group. Spans are in turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The shares of the new version, in percent.
    pub shares: Vec<u8>,
    /// How long each of them stands.
    pub wait: u32,
    /// The BeforeAllowTraffic hook.
    pub before: Option<Hook>,
    /// The AfterAllowTraffic hook.
    pub after: Option<Hook>,
    /// How long a hook may take to answer.
    pub patience: u32,
    /// How many alarms are watched.
    pub alarms: usize,
    /// Whether to go on when they cannot be read.
    pub ignores_unread: bool,
    /// Which ends a rollback deployment follows.
    pub rollback: Rollback,
}

/// Which ends a rollback deployment follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollback {
    /// DEPLOYMENT_FAILURE.
    pub on_failure: bool,
    /// DEPLOYMENT_STOP_ON_ALARM.
    pub on_alarm: bool,
    /// DEPLOYMENT_STOP_ON_REQUEST.
    pub on_request: bool,
}

/// How a hook behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// When it answers, and whether with Succeeded. None: never.
    pub answer: Option<(u32, bool)>,
    /// Whether it answers the opposite a moment later, its invocation still under way. Its first answer counts.
    pub wavers: bool,
}

/// What happens in a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing.
    Wait,
    /// Somebody asks for a deployment.
    Request,
    /// Somebody stops the active deployment.
    Stop {
        /// autoRollbackEnabled of the request.
        rollback: Option<bool>,
    },
    /// Somebody abandons the active deployment.
    Abandon,
    /// An alarm changes.
    Alarm {
        /// Which of the group's; the first number past them is an alarm that is not the group's.
        which: usize,
        /// To what.
        now: AlarmNow,
        /// Whether the event that tells of it arrives.
        told: bool,
    },
    /// Somebody else writes the alias.
    Write(Traffic),
    /// Somebody else changes the alias's description.
    Describe,
    /// Somebody deletes the alias.
    Delete,
    /// Deployments are refused such calls from now on.
    Refuse(Port),
    /// They no longer are.
    Lift(Port),
}

/// What anybody can see of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its status.
    pub status: &'static str,
    /// errorInformation.code.
    pub code: Option<&'static str>,
    /// Whether it is a rollback deployment.
    pub is_rollback: bool,
    /// The lifecycle events whose hooks were invoked.
    pub hooks: Vec<&'static str>,
}

impl Default for Deployment {
    /// One that has just been asked for: it is under way at the end of its first turn.
    fn default() -> Self {
        Self { status: "InProgress", code: None, is_rollback: false, hooks: Vec::new() }
    }
}
