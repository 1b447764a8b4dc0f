//! What deployments find outside: the alias, the alarms, and what they are refused.

use super::words::{Group, Traffic};
use crate::setup::{AlarmNow, Port};

/// What deployments find outside.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    /// The alias, unless it was deleted.
    pub(super) alias: Option<Traffic>,
    /// Whether somebody else was the last to change it.
    pub(super) by_others: bool,
    /// The calls that deployments are refused.
    pub(super) refused: Vec<Port>,
    /// The group's alarms, and behind them one that is not the group's.
    pub(super) alarms: Vec<AlarmNow>,
}

impl Outside {
    pub(super) fn new(alarms: usize) -> Self {
        let alarms = vec![AlarmNow::Green; alarms + 1];
        Self { alias: Some(Traffic::all(1)), by_others: false, refused: Vec::new(), alarms }
    }

    pub(super) fn write(&mut self, traffic: Traffic) {
        (self.alias, self.by_others) = (Some(traffic), false);
    }

    pub(super) fn permits(&self, port: Port) -> bool {
        !self.refused.contains(&port)
    }

    /// The alias must be at that.
    pub(super) fn see(&self, wanted: &Traffic) -> Result<(), &'static str> {
        match &self.alias {
            _ if !self.permits(Port::AliasReads) => Err("IAM_ROLE_PERMISSIONS"),
            None => Err("INVALID_LAMBDA_FUNCTION"),
            Some(seen) if seen == wanted => Ok(()),
            Some(_) => Err("INVALID_LAMBDA_CONFIGURATION"),
        }
    }

    /// One red alarm stops a deployment. So do alarms that cannot be read or do not exist, unless the group says
    /// to go on. One alarm that cannot be read hides the others; too little data is no reason to stop.
    pub(super) fn alarmed(&self, group: &Group) -> bool {
        let any = |what| self.alarms[..group.alarms].contains(&what);
        let hidden = any(AlarmNow::Unreadable) || (group.alarms > 0 && !self.permits(Port::Alarms));
        (any(AlarmNow::Red) && !hidden) || ((hidden || any(AlarmNow::Missing)) && !group.ignores_unread)
    }
}
