//! Hosts that were launched during a deployment, and the follow-ups that bring them its revision.

use std::collections::BTreeSet;

use cutover_core::deployment::Verdict;
use cutover_core::fleet::cell::Cell;
use cutover_core::follow_up;
use cutover_core::plan::{Plan, PlanKind, Step};
use cutover_store::key;

use super::{Known, Watch};
use crate::setup::{Setup, scope};
use crate::world::SimTable;

type Wrong = Option<(&'static str, String)>;

impl Watch {
    /// Auto Scaling has launched a host.
    pub(crate) fn host_launched(&mut self, now: i64, name: String) {
        self.launched.push((name, now));
    }

    /// A follow-up has just been created.
    pub(super) fn follows(&self, plan: &Plan) -> Wrong {
        let PlanKind::FollowUp { root, nth } = &plan.kind else { return None };
        let before = self.known.last().filter(|known| row(&known.plan) == (root.as_str(), nth - 1));
        let over = before.is_some_and(|known| known.state.verdict() == Some(Verdict::Succeeded));
        let root = self.named(root.as_str()).and_then(|known| known.plan.fleet.as_ref());
        let same = root.map(|fleet| &fleet.revision) == plan.fleet.as_ref().map(|fleet| &fleet.revision);
        (!over || !same || *nth > follow_up::MOST)
            .then(|| ("I16", format!("is follow-up {nth} of {root:?}, over: {over}, the same: {same}")))
    }

    /// What must be true of launched hosts once a deployment is over.
    pub(super) fn launched_served(&self, known: &Known, setup: &Setup, table: &SimTable) -> Wrong {
        if !known.is_over() {
            return None;
        }
        let (root, nth) = row(&known.plan);
        let row: Vec<&Known> = self.known.iter().filter(|other| row(&other.plan).0 == root).collect();
        if let Some(again) = self.twice(known, &row) {
            return Some(("I16", format!("deploys once more to {again}")));
        }
        let next = follow_up::id(&row.first()?.plan.deployment, nth + 1);
        let exists = table.get(&key::state(&scope(), &next)).is_some();
        let looks = known.plan.steps.contains(&Step::LookAgain);
        let may = looks && known.state.verdict() == Some(Verdict::Succeeded) && nth < follow_up::MOST;
        let unserved = |by: i64| {
            let new = self.launched.iter().filter(|(_, at)| *at < by).map(|(name, _)| name);
            let took_part =
                |name: &String| row.iter().any(|one| self.hosts_in(one).any(|(host, _)| host == name));
            new.filter(|name| !took_part(name) && !self.has_revision_of(known, name)).count()
        };
        if exists && (!may || unserved(i64::MAX) == 0) {
            return Some(("I16", format!("makes a follow-up, and may: {may}")));
        }
        // What waits comes first; and nobody may have been able to look.
        let looked = !known.state.marks.iter().any(|mark| {
            mark.detail.as_ref().is_some_and(|detail| detail.starts_with("hosts launched meanwhile"))
        });
        let must = may && looked && setup.pushes.is_none() && unserved(known.claimed_at) > 0;
        (must && !exists)
            .then(|| ("I16", "leaves hosts without its revision that were launched meanwhile".to_owned()))
    }

    /// A host of this deployment that had the revision from an earlier one of its row.
    fn twice(&self, known: &Known, row: &[&Known]) -> Option<String> {
        let earlier = row.iter().take_while(|other| other.plan.deployment != known.plan.deployment);
        let had: BTreeSet<&String> = earlier
            .flat_map(|other| self.hosts_in(other))
            .filter(|(_, cell)| *cell == Cell::Succeeded)
            .map(|(host, _)| host)
            .collect();
        self.hosts_in(known).map(|(host, _)| host).find(|host| had.contains(host)).cloned()
    }

    /// Whether the last deployment that a host took part in brought it the revision of this one.
    fn has_revision_of(&self, known: &Known, name: &String) -> bool {
        let revision = |known: &Known| known.plan.fleet.as_ref().map(|fleet| fleet.revision.clone());
        let last = self.known.iter().rev().find_map(|other| {
            let (_, cell) = self.hosts_in(other).find(|(host, _)| *host == name)?;
            Some(cell == Cell::Succeeded && revision(other) == revision(known))
        });
        last.unwrap_or(false)
    }

    fn hosts_in<'a>(&'a self, known: &Known) -> impl Iterator<Item = (&'a String, Cell)> + use<'a> {
        let shards = self.fleet(&known.plan.deployment).unwrap_or_default();
        shards.iter().flat_map(|shard| {
            let hosts = shard.rostered.roster.hosts.iter().map(|host| &host.name);
            hosts.zip(shard.board.cells.iter().copied())
        })
    }
}

/// The row of follow-ups to which a deployment belongs, and its place there.
fn row(plan: &Plan) -> (&str, u32) {
    match &plan.kind {
        PlanKind::FollowUp { root, nth } => (root.as_str(), *nth),
        _ => (plan.deployment.as_str(), 0),
    }
}
