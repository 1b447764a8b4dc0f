//! What must be true once a deployment is over, and once the world is.

use cutover_core::alias::AliasState;
use cutover_core::deployment::{Cause, Verdict};
use cutover_core::ledger::{Fate, LedgerEntry};
use cutover_core::lifecycle::EventStatus;
use cutover_core::mark::Mark;
use cutover_core::plan::PlanKind;
use cutover_ports::table::Range;
use cutover_store::{codec, group, key};

use super::fleet::letters;
use super::{Known, Watch, watches_of};
use crate::setup::scope;
use crate::world::{SimAlias, SimTable, edits};

impl Watch {
    /// A deployment has just ended.
    pub(super) fn ended(&mut self, now: i64, place: usize, alias: &SimAlias, table: &SimTable) {
        let known = &self.known[place];
        let id = known.plan.deployment.to_string();
        let watches = watches_of(table, &known.state.id);
        let rolled = table.get(&key::state(&scope(), &known.plan.rollback_id)).is_some();
        let fleet = known.plan.fleet.is_some();
        let wanted = if fleet { self.fleet_rollback_wanted(known) } else { rollback_wanted(known) };
        let broken = match known.state.verdict() {
            Some(Verdict::Succeeded) => success(known, alias),
            _ => self.undone(known, alias),
        };
        let broken = broken.or_else(|| self.fleet_over(known).filter(|_| fleet));
        let open = known.state.events.iter().find(|e| !e.status.is_final()).map(|e| e.event);
        self.demand(open.is_none(), "I3", now, || format!("{id} is over and leaves {open:?} open"));
        self.demand(watches == 0, "I3", now, || format!("{id} is over and leaves {watches} alarm watches"));
        if self.known[place].plan.kind == PlanKind::Forward {
            self.demand(rolled == wanted, "I8", now, || {
                format!("{id}: a rollback deployment is wanted: {wanted}, and exists: {rolled}")
            });
        }
        if let Some((invariant, what)) = broken {
            self.violated(invariant, now, || format!("{id} {what}"));
        }
    }

    fn undone(&self, known: &Known, alias: &SimAlias) -> Option<(&'static str, String)> {
        if known.state.ending.is_none() {
            return Some(("I8", "ended badly and does not say why".to_owned()));
        }
        known.state.ledger.iter().find_map(|entry| self.fate(known, entry, alias))
    }

    fn fate(&self, known: &Known, entry: &LedgerEntry, alias: &SimAlias) -> Option<(&'static str, String)> {
        let foreign_since = alias.foreign_at >= known.resolved_at;
        match &entry.fate {
            Fate::Undone => {
                let back = alias.state.as_ref().is_none_or(|s| *s == entry.before);
                (!back && !alias.is_foreign)
                    .then(|| ("I8", format!("says that it undid, and the alias is {:?}", alias.state)))
            }
            Fate::Yielded { observed } => (!foreign_since)
                .then(|| ("I5", format!("yielded to {observed}, and nobody else wrote the alias"))),
            Fate::Gone => {
                alias.state.is_some().then(|| ("I8", "says that the alias is gone, and it is not".to_owned()))
            }
            Fate::Abandoned => (!self.abandon_asked).then(|| ("I8", "abandoned its work unasked".to_owned())),
            Fate::Open | Fate::Kept => Some(("I3", format!("is over and left {:?}", entry.fate))),
        }
    }

    /// At most one deployment is not over, and the group's claim is its.
    pub(super) fn one_holder(&mut self, now: i64, table: &SimTable) {
        let Some(first) = self.known.first() else { return };
        let Some(item) = table.get(&key::group(&scope(), &first.plan.group.group_id)) else { return };
        let Ok(group) = codec::decode::<group::Group>(item) else {
            return self.violated("I5", now, || "the group cannot be read".to_owned());
        };
        let edits = edits(&group);
        let lost = self.edits > edits;
        self.edits = edits;
        self.demand(!lost, "I5", now, || format!("an edit of the group is lost: {edits} are left"));
        let open: Vec<&Known> = self.known.iter().filter(|k| !k.is_over()).collect();
        let holds = match (&group.active, open.as_slice()) {
            (None, []) => true,
            (Some(active), [one]) => *active == one.plan.deployment,
            _ => false,
        };
        let count = open.len();
        self.demand(holds, "I5", now, || {
            format!("{count} deployments are not over, and the group is held by {:?}", group.active)
        });
    }

    /// The world took longer than anything planned explains.
    pub(crate) fn not_over(&mut self, now: i64) {
        let open: Vec<String> = self
            .known
            .iter()
            .filter(|k| !k.is_over())
            .map(|k| format!("{} at step {} in {:?}", k.plan.deployment, k.state.cursor, k.state.phase))
            .chain(
                self.shards
                    .iter()
                    .flat_map(|(id, shards)| shards.iter().map(move |shard| (id, shard)))
                    .filter(|(_, shard)| shard.is_open())
                    .map(|(id, shard)| format!("the fleet of {id} at {}", letters(&shard.board))),
            )
            .collect();
        self.violated("I4", now, || format!("it does not end: {}", open.join(", ")));
    }

    /// Everything is over and nothing moves any more.
    pub(crate) fn at_the_end(&mut self, now: i64, alias: &SimAlias, table: &SimTable) {
        if self.violation.is_some() {
            return;
        }
        let left = self
            .known
            .iter()
            .flat_map(|k| &k.state.ledger)
            .any(|e| matches!(e.fate, Fate::Yielded { .. } | Fate::Abandoned));
        let whole = alias.state.as_ref().is_none_or(|s| s.weights.is_empty());
        self.demand(whole || left || alias.is_foreign, "I3", now, || {
            format!("all is over and the alias is left at {:?}", alias.state)
        });
        for place in 0..self.known.len() {
            let known = &self.known[place];
            let mut marks: Vec<Mark> = Vec::new();
            let query = cutover_ports::table::Query {
                index: cutover_ports::table::Index::Main,
                pk: key::deployment_pk(&scope(), &known.state.id),
                range: Range::Prefix("LOG#".to_owned()),
                descending: false,
                limit: 1_000,
                after: None,
            };
            for item in table.query(&query, now, 0).items {
                marks.extend(codec::decode::<Vec<Mark>>(&item).unwrap_or_default());
            }
            let first = known.state.marks.first().map_or(0, |m| m.seq);
            marks.retain(|m| m.seq < first);
            marks.extend(known.state.marks.iter().cloned());
            let whole = marks.iter().enumerate().all(|(i, m)| m.seq as usize == i)
                && marks.len() == known.state.next_mark as usize;
            let id = known.plan.deployment.clone();
            self.demand(whole, "I10", now, || {
                let seqs: Vec<u32> = marks.iter().map(|m| m.seq).collect();
                format!("the log of {id} has the entries {seqs:?}")
            });
            self.known[place].log = marks;
        }
        self.all_were_told(now, table);
    }
}

fn success(known: &Known, alias: &SimAlias) -> Option<(&'static str, String)> {
    let state = &known.state;
    if state.ending.is_some() || usize::from(state.cursor) != known.plan.steps.len() {
        return Some(("I6", format!("succeeded at step {}", state.cursor)));
    }
    if known.condemned {
        return Some(("I6", "succeeded although a stop or an alarm was recorded".to_owned()));
    }
    if let Some(event) = state.events.iter().find(|e| e.status != EventStatus::Succeeded) {
        return Some(("I6", format!("succeeded, and {:?} is {:?}", event.event, event.status)));
    }
    if known.plan.fleet.is_some() {
        return None;
    }
    let target = AliasState::whole(&known.plan.shift.target);
    let there = alias.state.as_ref().is_none_or(|s| *s == target);
    (!there && alias.foreign_at < known.claimed_at)
        .then(|| ("I6", format!("succeeded, and the alias is {:?}", alias.state)))
}

/// The rule, written a second time: something was restored, and its cause asks for a rollback.
fn rollback_wanted(known: &Known) -> bool {
    let Some(ending) = &known.state.ending else { return false };
    let restored =
        known.state.ledger.iter().all(|e| e.fate == Fate::Undone) && !known.state.ledger.is_empty();
    let on = known.plan.auto_rollback;
    let configured = match ending.cause {
        Cause::Failure => on.on_failure,
        Cause::Alarm => on.on_alarm,
        Cause::Request => on.on_request,
    };
    restored && !known.is_rollback() && ending.rollback.unwrap_or(configured)
}
