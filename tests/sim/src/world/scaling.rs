//! Auto Scaling groups, and who suspended which of their processes.

use std::collections::BTreeMap;

use cutover_core::scaling::{Processes, Suspended};

/// Who suspended a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    /// The deployment at this place among those known.
    Deployment(usize),
    /// Somebody else.
    Others,
}

/// Suspended processes, by name, with who did it first, and when.
type Stopped = BTreeMap<String, (Hand, i64)>;

/// The groups that exist.
#[derive(Debug, Default)]
pub(crate) struct SimScaling {
    groups: BTreeMap<String, Stopped>,
    /// When somebody else last changed anything; never: before the beginning.
    pub(crate) foreign_at: i64,
}

/// The name of an Auto Scaling group, counted from 1.
pub(crate) fn group_name(n: u32) -> String {
    format!("asg-{n}")
}

impl SimScaling {
    /// So many groups, nothing suspended.
    pub(crate) fn new(groups: u32) -> Self {
        let groups = (1..=groups).map(|n| (group_name(n), Stopped::new())).collect();
        Self { groups, foreign_at: -1 }
    }

    /// The suspended processes of those of these groups that exist.
    pub(crate) fn suspended(&self, names: &[String]) -> Suspended {
        let all = self.groups.iter().filter(|(name, _)| names.contains(name));
        all.map(|(name, stopped)| (name.clone(), stopped.keys().cloned().collect())).collect()
    }

    /// Everything that is suspended.
    pub(crate) fn all(&self) -> Suspended {
        self.suspended(&self.groups.keys().cloned().collect::<Vec<_>>())
    }

    pub(crate) fn exists(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// Who suspended a process, and when.
    pub(crate) fn hand(&self, group: &str, process: &str) -> Option<(Hand, i64)> {
        self.groups.get(group)?.get(process).copied()
    }

    /// What of the groups that deployment has suspended.
    pub(crate) fn of(&self, place: usize) -> Vec<String> {
        let by = |(hand, _): &(Hand, i64)| *hand == Hand::Deployment(place);
        let named = self.groups.iter().flat_map(|(group, stopped)| {
            let ours = stopped.iter().filter(|(_, hand)| by(hand));
            ours.map(move |(process, _)| format!("{process} of {group}"))
        });
        named.collect()
    }

    pub(crate) fn suspend(&mut self, of: &Processes, hand: Hand, now: i64) {
        let Some(stopped) = self.groups.get_mut(&of.group) else { return };
        for process in &of.names {
            stopped.entry(process.clone()).or_insert((hand, now));
        }
    }

    pub(crate) fn resume(&mut self, of: &Processes) {
        let Some(stopped) = self.groups.get_mut(&of.group) else { return };
        stopped.retain(|process, _| !of.names.contains(process));
    }

    pub(crate) fn delete(&mut self, group: &str) {
        self.groups.remove(group);
    }
}
