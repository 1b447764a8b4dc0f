//! What a shard may do.

use serde::{Deserialize, Serialize};

use super::rule::FleetRule;

/// How many hosts of a shard may be at work at a time, and how many may serve nobody when one that serves is started.
/// The two are the same for a lone shard. With many they differ where hosts were Unhealthy before: these serve nobody,
/// started or not, so they need only a place at work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Grant {
    /// Ordered or running.
    pub at_work: u32,
    /// Not serving, for whatever reason.
    pub out: u32,
}

impl Grant {
    /// So many of both.
    pub fn of(hosts: u32) -> Self {
        Self { at_work: hosts, out: hosts }
    }

    /// N − M: what a lone shard has, and what all shards have together.
    pub fn whole(rule: &FleetRule) -> Self {
        Self::of(rule.allowance())
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { at_work: self.at_work.max(other.at_work), out: self.out.max(other.out) }
    }

    pub(super) fn min(self, other: Self) -> Self {
        Self { at_work: self.at_work.min(other.at_work), out: self.out.min(other.out) }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let at_work = self.at_work.saturating_add(other.at_work);
        Self { at_work, out: self.out.saturating_add(other.out) }
    }

    pub(super) fn less(self, other: Self) -> Self {
        let at_work = self.at_work.saturating_sub(other.at_work);
        Self { at_work, out: self.out.saturating_sub(other.out) }
    }
}

/// One number where both are the same.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Both(u32),
    Each(u32, u32),
}

impl From<Stored> for Grant {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Both(hosts) => Self::of(hosts),
            Stored::Each(at_work, out) => Self { at_work, out },
        }
    }
}

impl From<Grant> for Stored {
    fn from(grant: Grant) -> Self {
        if grant.at_work == grant.out { Self::Both(grant.out) } else { Self::Each(grant.at_work, grant.out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_or_two() {
        for (grant, text) in [(Grant::of(7), "7"), (Grant { at_work: 3, out: 0 }, "[3,0]")] {
            assert_eq!(serde_json::to_string(&grant).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Grant>(text).expect("a grant"), grant);
        }
    }
}
