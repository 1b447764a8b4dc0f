//! Processes of Auto Scaling groups that are suspended while a deployment runs (behaviour: Auto Scaling).
//!
//! ```text
//! looked at ──► Asked (committed before anything is suspended) ──► Resumed, Gone, Abandoned
//! ```
//! What was suspended before is somebody else's and stays. Auto Scaling does not say who suspended what, nor take a
//! precondition: what others do between the look and the end cannot be told from our own doing.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The suspended processes of Auto Scaling groups, by their names; a group that is not there does not exist.
pub type Suspended = BTreeMap<String, Vec<String>>;

/// Processes of one Auto Scaling group, as the API spells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processes {
    /// The group's name.
    pub group: String,
    /// `Terminate`, `AZRebalance`, ….
    pub names: Vec<String>,
}

impl fmt::Display for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.names.join(", "), self.group)
    }
}

/// What becomes of processes that a deployment wants suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stand {
    /// Looked at; nothing was asked for.
    Seen,
    /// Their suspension was asked for: ours to resume.
    Asked,
    /// They run again.
    Resumed,
    /// Their group is gone, which counts as resumed.
    Gone,
    /// An operator released the deployment group although they could not be resumed.
    Abandoned,
}

/// The processes of one Auto Scaling group that a deployment wants suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Those that nobody had suspended before: ours to suspend, and to resume.
    #[serde(flatten)]
    pub ours: Processes,
    /// Those that were suspended before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// What becomes of ours.
    pub stand: Stand,
}

impl Suspension {
    /// Of a group as it was looked at; `wanted` are the processes to suspend.
    pub fn looked_at(group: &str, wanted: &[String], seen: &Suspended) -> Self {
        let Some(suspended) = seen.get(group) else {
            let ours = Processes { group: group.to_owned(), names: Vec::new() };
            return Self { ours, before: Vec::new(), stand: Stand::Gone };
        };
        let (before, names) = wanted.iter().cloned().partition(|process| suspended.contains(process));
        Self { ours: Processes { group: group.to_owned(), names }, before, stand: Stand::Seen }
    }

    /// Whether some of ours may be suspended by our hand.
    pub fn is_open(&self) -> bool {
        self.stand == Stand::Asked && !self.ours.names.is_empty()
    }

    /// What is so of them, in words; `ending` says that they are being resumed.
    pub fn told(&self, ending: bool) -> String {
        let ours = match self.stand {
            Stand::Gone => return format!("{}: it no longer exists", self.ours.group),
            _ if self.ours.names.is_empty() => "nothing to suspend".to_owned(),
            Stand::Seen => format!("{} to be suspended", self.ours.names.join(", ")),
            Stand::Asked if ending => format!("{} suspended, being resumed", self.ours.names.join(", ")),
            Stand::Asked => format!("{} suspended", self.ours.names.join(", ")),
            Stand::Resumed => format!("{} resumed", self.ours.names.join(", ")),
            Stand::Abandoned => format!("{} abandoned, perhaps suspended", self.ours.names.join(", ")),
        };
        if self.before.is_empty() {
            return format!("{}: {ours}", self.ours.group);
        }
        let before = self.before.join(", ");
        format!("{}: {ours}; {before} had been suspended before and stays so", self.ours.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_suspended_before_is_not_ours() {
        let wanted = ["Terminate", "AZRebalance"].map(str::to_owned);
        let seen = Suspended::from([
            ("a".to_owned(), vec!["AZRebalance".to_owned(), "Launch".to_owned()]),
            ("b".to_owned(), Vec::new()),
        ]);
        for (group, told) in [
            ("a", "a: Terminate to be suspended; AZRebalance had been suspended before and stays so"),
            ("b", "b: Terminate, AZRebalance to be suspended"),
            ("c", "c: it no longer exists"),
        ] {
            assert_eq!(Suspension::looked_at(group, &wanted, &seen).told(false), told);
        }
    }
}
