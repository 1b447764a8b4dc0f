//! What hosts do, and how deployments to hosts end.

use cutover_core::deployment::{Cause, Verdict};
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::roster::HealthClass;
use cutover_core::mark::MarkKind;
use cutover_core::plan::{Plan, PlanKind};
use cutover_driver::shards::Taken;
use cutover_wire::agent::order::Order;

use super::fleet::{Shard, all_letters, fleet_succeeded, letters};
use super::{Known, Watch};
use crate::fleet::revision_of;

type Wrong = Option<(&'static str, String)>;

impl Watch {
    /// A host begins an order.
    pub(crate) fn host_begins(&mut self, now: i64, order: &Order) {
        if let Some((invariant, what)) = self.begins(order) {
            self.violated(invariant, now, || {
                format!("{} begins an order of {}: {what}", order.host, order.deployment)
            });
        }
        let (index, id) = (order.seat.index, order.deployment.as_str());
        let busy = self.working.insert(order.host.clone(), order.deployment.clone());
        self.demand(busy.is_none(), "I5", now, || format!("{} is at work for {busy:?} already", order.host));
        if let Some(shard) =
            self.shards.get_mut(id).and_then(|all| all.get_mut(usize::from(order.seat.shard)))
        {
            shard.begun.insert(index);
        }
    }

    fn begins(&self, order: &Order) -> Wrong {
        let fleet = self.fleet(&order.deployment).unwrap_or_default();
        let Some(shard) = fleet.get(usize::from(order.seat.shard)) else {
            return Some(("I5", "there is no such shard".to_owned()));
        };
        let seat = (order.seat.index, order.seat.attempt);
        match shard.accepted.get(&seat) {
            None => return Some(("I5", format!("nobody committed that it may: {}", letters(&shard.board)))),
            Some(true) => return Some(("I5", "it was withdrawn before".to_owned())),
            Some(false) => {}
        }
        let known = self.named(order.deployment.as_str())?;
        let wanted = known.plan.fleet.as_ref().map(|fleet| fleet.revision.as_str());
        if wanted != Some(revision_of(&order.work)) {
            return Some(("I9", format!("it asks for {:?}, not for {wanted:?}", order.work.bundle)));
        }
        // What the hosts are really at, whatever the board believes.
        let down = |(shard, place): &(&Shard, u16)| {
            let host = shard.rostered.roster.hosts.get(usize::from(*place));
            host.is_some_and(|h| h.class != HealthClass::Unhealthy) && shard.results.get(place) != Some(&true)
        };
        let begun = fleet.iter().flat_map(|shard| shard.begun.iter().map(move |place| (shard, *place)));
        let again = shard.begun.contains(&order.seat.index);
        let own = (!again).then_some((shard, order.seat.index));
        let unavailable = begun.chain(own).filter(down).count();
        let allowed = shard.rostered.rule.allowance() as usize;
        (unavailable > allowed)
            .then(|| ("I7", format!("{unavailable} hosts are really unavailable, {allowed} may be")))
    }

    /// A host's order is over, by its own account.
    pub(crate) fn host_through(&mut self, order: &Order, ok: bool) {
        self.working.remove(&order.host);
        let fleet = self.shards.get_mut(order.deployment.as_str());
        if let Some(shard) = fleet.and_then(|all| all.get_mut(usize::from(order.seat.shard))) {
            shard.results.insert(order.seat.index, ok);
        }
    }

    /// A batch of reports was taken in.
    pub(crate) fn taken(&mut self, now: i64, taken: Taken) {
        let strange = taken.strange;
        self.demand(strange == 0, "I10", now, || format!("{strange} reports of hosts were not known"));
    }

    /// What must be true of the hosts once their deployment is over.
    pub(super) fn fleet_over(&self, known: &Known) -> Wrong {
        let (plan, state) = (&known.plan, &known.state);
        let abandoned = state.marks.iter().any(|mark| mark.kind == MarkKind::Abandoned);
        let Some(fleet) = self.fleet(&plan.deployment) else {
            let none = state.verdict() == Some(Verdict::Succeeded) || state.fleet_open();
            return none.then(|| ("I6", "ended so without a fleet".to_owned()));
        };
        let cells = || all_letters(fleet);
        if abandoned {
            return (!self.abandon_asked).then(|| ("I8", "abandoned its hosts unasked".to_owned()));
        }
        for shard in fleet {
            let begun = shard.board.granted.is_some() || !shard.begun.is_empty();
            if begun && shard.board.end.is_none() {
                return Some(("I3", format!("is over, and its hosts are not: {}", cells())));
            }
            let given_up = |place: &u16| {
                let cell = shard.board.cell(*place);
                matches!(cell, Some(Cell::Lost | Cell::TimedOut))
            };
            let at_work = shard.begun.iter().find(|p| !shard.results.contains_key(p) && !given_up(p));
            if let Some(place) = at_work {
                return Some(("I3", format!("is over, and host {place} is at work: {}", cells())));
            }
        }
        let good = fleet.iter().flat_map(|shard| shard.results.values()).filter(|ok| **ok).count();
        let must = fleet.first().map_or(0, |shard| shard.rostered.rule.must_succeed() as usize);
        if state.verdict() == Some(Verdict::Succeeded) && (!fleet_succeeded(fleet) || good < must) {
            return Some(("I6", format!("succeeded with {good} good hosts of {must}: {}", cells())));
        }
        self.put_back(plan, known, fleet)
    }

    /// A rollback deployment reaches every host that its victim touched.
    fn put_back(&self, plan: &Plan, known: &Known, fleet: &[Shard]) -> Wrong {
        let PlanKind::Rollback { of } = &plan.kind else { return None };
        let victim = self.fleet(of)?;
        let mut touched = victim.iter().flat_map(|shard| {
            let name = |place: &u16| shard.rostered.roster.hosts.get(usize::from(*place)).map(|h| &h.name);
            shard.begun.iter().filter_map(name)
        });
        let hosts = fleet.iter().flat_map(|shard| &shard.rostered.roster.hosts);
        let missed = touched.find(|name| !hosts.clone().any(|host| host.name == **name))?;
        let over = known.state.verdict();
        Some(("I8", format!("ended {over:?} without {missed}, which {of} had touched")))
    }

    /// A rollback deployment brings the revision that its victim's group had.
    pub(super) fn brings_back(&self, plan: &Plan) -> Wrong {
        let PlanKind::Rollback { of } = &plan.kind else { return None };
        let victim = self.named(of.as_str())?.plan.fleet.as_ref()?;
        let previous = victim.previous.as_ref().map(|previous| previous.revision.as_str());
        let brings = plan.fleet.as_ref().map(|fleet| fleet.revision.as_str());
        let whole = plan.fleet.as_ref().is_some_and(|fleet| {
            fleet.selection == victim.selection && !fleet.outdated_only && fleet.minimum == victim.minimum
        });
        (brings != previous || !whole).then(|| {
            ("I8", format!("brings back {brings:?} instead of {previous:?}, to every host: {whole}"))
        })
    }

    /// The rule, written a second time: hosts were touched, something is there to go back to, and it is asked for.
    pub(super) fn fleet_rollback_wanted(&self, known: &Known) -> bool {
        let Some(ending) = &known.state.ending else { return false };
        let on = known.plan.auto_rollback;
        let configured = match ending.cause {
            Cause::Failure => on.on_failure,
            Cause::Alarm => on.on_alarm,
            Cause::Request => on.on_request,
        };
        let fleet = self.fleet(&known.plan.deployment).unwrap_or_default();
        let mut cells = fleet.iter().flat_map(|shard| &shard.board.cells);
        let touched = cells.any(|cell| *cell == Cell::Succeeded || cell.has_failed());
        let previous = known.plan.fleet.as_ref().is_some_and(|fleet| fleet.previous.is_some());
        let abandoned = known.state.marks.iter().any(|mark| mark.kind == MarkKind::Abandoned);
        touched && previous && !abandoned && ending.rollback.unwrap_or(configured)
    }
}
