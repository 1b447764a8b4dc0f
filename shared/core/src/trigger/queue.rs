//! When a push starts, and which waiting request comes next.

use serde::{Deserialize, Serialize};

use super::order::OrderKey;

/// Requests that may wait for one group.
pub const MOST_WAITING: usize = 100;

/// What a push does when its group is deploying already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// It is refused, as CreateDeployment would be.
    Reject,
    /// It waits its turn.
    Queue,
    /// The running deployment is stopped, and then the newest push starts.
    Replace,
    /// The newest push waits; the older ones are dropped.
    #[default]
    Latest,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Reject, Self::Queue, Self::Replace, Self::Latest];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Queue => "queue",
            Self::Replace => "replace",
            Self::Latest => "latest",
        }
    }

    /// The policy that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text)
    }

    /// Whether anything newer that waits takes its place.
    fn yields(self) -> bool {
        matches!(self, Self::Replace | Self::Latest)
    }
}

/// A request that waits: what decides about its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InLine<'a> {
    /// Its policy.
    pub policy: Policy,
    /// Its order key.
    pub order: &'a OrderKey,
}

/// How a group stands when a push comes.
#[derive(Debug, Clone, Default)]
pub struct Standing<'a> {
    /// Whether a deployment holds it.
    pub active: bool,
    /// The order key of what was started last.
    pub last: Option<&'a OrderKey>,
    /// What waits for it.
    pub waiting: Vec<InLine<'a>>,
}

/// What a push leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnPush {
    /// A deployment, now.
    Start,
    /// It waits.
    Wait,
    /// It waits, and the running deployment is asked to stop.
    Replace,
    /// Something newer was started, or waits in its place.
    Superseded,
    /// The group is deploying.
    Busy,
    /// Too many wait.
    Crowded,
}

/// Decides about a push. Who is as old as another is not older.
pub fn on_push(policy: Policy, standing: &Standing<'_>, order: &OrderKey) -> OnPush {
    let Standing { active, last, waiting } = standing;
    if last.is_some_and(|last| last > order) {
        return OnPush::Superseded;
    }
    if policy.yields() && waiting.iter().any(|other| other.order > order) {
        return OnPush::Superseded;
    }
    match policy {
        _ if !active && waiting.is_empty() => OnPush::Start,
        Policy::Reject => OnPush::Busy,
        // Those that give way are no crowd: the next turn drops them.
        Policy::Queue if waiting.iter().filter(|other| !other.policy.yields()).count() >= MOST_WAITING => {
            OnPush::Crowded
        }
        Policy::Replace if *active => OnPush::Replace,
        Policy::Queue | Policy::Replace | Policy::Latest => OnPush::Wait,
    }
}

/// Whose turn it is, by their places in what waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Next {
    /// Those in whose place something newer is or will be deployed.
    pub superseded: Vec<usize>,
    /// The one to be deployed.
    pub take: Option<usize>,
}

/// Decides among what waits for a group that is free, or about to be. `waiting` is in the order of arrival: of two with
/// the same key the later one counts as the newer one.
pub fn next(waiting: &[InLine<'_>], last: Option<&OrderKey>) -> Next {
    let mut next = Next::default();
    let newest =
        waiting.iter().enumerate().max_by_key(|(place, one)| (one.order, *place)).map(|(place, _)| place);
    for (place, one) in waiting.iter().enumerate() {
        let old = last.is_some_and(|last| last > one.order) || (one.policy.yields() && newest != Some(place));
        if old {
            next.superseded.push(place);
        } else if next.take.is_none_or(|taken| one.order < waiting[taken].order) {
            next.take = Some(place);
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(n: u32) -> OrderKey {
        OrderKey::written(&n.to_string()).expect("a key")
    }

    #[test]
    fn pushes_are_decided() {
        use Policy::{Latest, Queue, Reject, Replace};
        let keys: Vec<OrderKey> = (0..10).map(key).collect();
        for (policy, active, last, waiting, order, expected) in [
            (Reject, false, None, vec![], 5, OnPush::Start),
            (Reject, true, None, vec![], 5, OnPush::Busy),
            (Reject, true, Some(6), vec![], 5, OnPush::Superseded),
            (Queue, true, Some(5), vec![], 5, OnPush::Wait),
            (Queue, true, None, vec![(Queue, 7)], 5, OnPush::Wait),
            (Queue, false, None, vec![(Queue, 4)], 5, OnPush::Wait),
            (Queue, false, Some(6), vec![], 5, OnPush::Superseded),
            (Queue, true, None, vec![(Queue, 7); MOST_WAITING], 8, OnPush::Crowded),
            (Queue, true, None, vec![(Latest, 7); MOST_WAITING], 8, OnPush::Wait),
            (Latest, true, None, vec![(Latest, 7)], 5, OnPush::Superseded),
            (Latest, true, None, vec![(Latest, 4)], 5, OnPush::Wait),
            (Latest, true, None, vec![(Latest, 5)], 5, OnPush::Wait),
            (Latest, false, Some(4), vec![], 5, OnPush::Start),
            (Replace, true, Some(4), vec![], 5, OnPush::Replace),
            (Replace, false, Some(4), vec![(Queue, 4)], 5, OnPush::Wait),
            (Replace, true, Some(6), vec![], 5, OnPush::Superseded),
        ] {
            let waiting: Vec<InLine<'_>> =
                waiting.iter().map(|&(policy, n)| InLine { policy, order: &keys[n] }).collect();
            let standing = Standing { active, last: last.map(|n: usize| &keys[n]), waiting };
            assert_eq!(on_push(policy, &standing, &keys[order]), expected, "{policy:?} {order} {standing:?}");
        }
    }

    #[test]
    fn turns_are_taken_in_order() {
        use Policy::{Latest, Queue};
        let keys: Vec<OrderKey> = (0..10).map(key).collect();
        for (waiting, last, superseded, take) in [
            (vec![], None, vec![], None),
            (vec![(Queue, 7), (Queue, 5), (Queue, 6)], None, vec![], Some(1)),
            (vec![(Queue, 7), (Queue, 5), (Queue, 6)], Some(6), vec![1], Some(2)),
            (vec![(Latest, 7), (Latest, 9), (Latest, 8)], None, vec![0, 2], Some(1)),
            (vec![(Latest, 7), (Latest, 7)], None, vec![0], Some(1)),
            (vec![(Latest, 5), (Queue, 4), (Queue, 6)], None, vec![0], Some(1)),
            (vec![(Latest, 7)], Some(8), vec![0], None),
        ] {
            let line: Vec<InLine<'_>> = waiting
                .iter()
                .map(|&(policy, n): &(Policy, usize)| InLine { policy, order: &keys[n] })
                .collect();
            let found = next(&line, last.map(|n: usize| &keys[n]));
            assert_eq!(found, Next { superseded, take }, "{waiting:?} {last:?}");
        }
    }

    proptest! {
        /// Whoever waits, and in whatever order they came: turn by turn all are dealt with, keys never go down, and
        /// the greatest is deployed last.
        #[test]
        fn the_greatest_is_last(line in proptest::collection::vec((1_usize..4, 0_u32..20), 1..20)) {
            let keys: Vec<OrderKey> = line.iter().map(|&(_, n)| key(n)).collect();
            let mut open: Vec<usize> = (0..line.len()).collect();
            let mut last: Option<&OrderKey> = None;
            while !open.is_empty() {
                let waiting: Vec<InLine<'_>> = open
                    .iter()
                    .map(|&n| InLine { policy: Policy::ALL[line[n].0], order: &keys[n] })
                    .collect();
                let Next { superseded, take } = next(&waiting, last);
                prop_assert!(take.is_some() || superseded.len() == open.len());
                if let Some(take) = take {
                    prop_assert!(last.is_none_or(|last| last <= &keys[open[take]]));
                    last = Some(&keys[open[take]]);
                }
                let gone: Vec<usize> = superseded.iter().chain(take.iter()).map(|&place| open[place]).collect();
                open.retain(|n| !gone.contains(n));
            }
            prop_assert_eq!(last, keys.iter().max());
        }
    }
}
