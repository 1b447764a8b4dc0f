//! The undo ledger: what a deployment changed outside and must be able to undo.

use serde::{Deserialize, Serialize};

use crate::alias::{AliasRef, AliasState};

/// What becomes of a changed resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate")]
pub enum Fate {
    /// Ours to undo while the deployment is not over.
    Open,
    /// The deployment succeeded: the change stays.
    Kept,
    /// Back to what it was.
    Undone,
    /// Somebody else wrote it; it is theirs now.
    Yielded {
        /// What they wrote.
        observed: AliasState,
    },
    /// The resource is gone, which counts as undone.
    Gone,
    /// An operator released the group although this could not be undone.
    Abandoned,
}

/// One resource that this deployment looked at and may have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Which one.
    pub resource: AliasRef,
    /// How it was before the first change.
    pub before: AliasState,
    /// What it was last seen to be by our own hand.
    pub confirmed: AliasState,
    /// What was asked for since then without a confirmed answer. A lost answer leaves more than one, and
    /// each of them is our own writing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<AliasState>,
    /// What becomes of it.
    #[serde(flatten)]
    pub fate: Fate,
}

impl LedgerEntry {
    /// A resource just looked at.
    pub fn new(resource: AliasRef, observed: AliasState) -> Self {
        Self {
            resource,
            before: observed.clone(),
            confirmed: observed,
            intents: Vec::new(),
            fate: Fate::Open,
        }
    }

    /// Every state that can only be our own writing.
    pub fn ours(&self) -> Vec<AliasState> {
        let mut ours = vec![self.confirmed.clone()];
        ours.extend(self.intents.iter().filter(|i| **i != self.confirmed).cloned());
        ours
    }

    /// Whether it may differ from what it was before.
    pub fn may_differ(&self) -> bool {
        self.ours().iter().any(|state| *state != self.before)
    }

    /// Notes that `set` is about to be asked for.
    pub fn intend(&mut self, set: &AliasState) {
        if self.confirmed != *set && !self.intents.contains(set) {
            self.intents.push(set.clone());
        }
    }

    /// Notes that the resource was seen to be `set`.
    pub fn confirm(&mut self, set: AliasState) {
        self.confirmed = set;
        self.intents.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_answer_leaves_both_states_ours() {
        let alias = AliasRef { function: "f".into(), alias: "live".into() };
        let mut entry = LedgerEntry::new(alias, AliasState::whole("1"));
        assert!(!entry.may_differ());
        entry.intend(&AliasState::shifted("1", "2", 10));
        entry.intend(&AliasState::shifted("1", "2", 10));
        entry.intend(&AliasState::whole("1"));
        assert_eq!(entry.ours(), [AliasState::whole("1"), AliasState::shifted("1", "2", 10)]);
        assert!(entry.may_differ());
        entry.confirm(AliasState::whole("1"));
        assert!(!entry.may_differ());
    }
}
