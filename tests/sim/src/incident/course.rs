//! The course of a deployment: its log in the order of its commits, and where it stood before each entry.

use cutover_core::export::Export;
use cutover_core::limits::CREATED_MS;
use cutover_core::mark::{Mark, MarkKind};
use cutover_core::plan::Step;
use cutover_core::time::Timestamp;

use crate::story::{Moment, Place, Stage};

/// A worker that is gone has this much time at most in which something else happens.
const LOST_MS: u64 = 15_000;
/// Happenings of a wait happen so long before its end at the latest.
const BEFORE_END_MS: u64 = 20;

pub(super) struct Course<'a> {
    pub(super) export: &'a Export,
    pub(super) entries: Vec<Entry<'a>>,
}

/// An entry of the log.
pub(super) struct Entry<'a> {
    pub(super) mark: &'a Mark,
    /// Where the deployment stood before it.
    pub(super) stood: Standing,
}

/// Where a deployment stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) place: Place,
    pub(super) stage: Stage,
    /// Whether tries went wrong there.
    pub(super) tried: bool,
    claims: u32,
    come_at: Timestamp,
    stage_at: Timestamp,
}

impl<'a> Course<'a> {
    pub(super) fn of(export: &'a Export) -> Self {
        let mut marks: Vec<&Mark> = export.log.iter().collect();
        // A folded entry stands where it was first made, and tells of the last time.
        marks.sort_by_key(|mark| (mark.epoch, mark.seq));
        let created = export.plan.created_at;
        let mut standing = Standing {
            place: Place::Step(0),
            stage: Stage::Come,
            tried: false,
            claims: 0,
            come_at: created,
            stage_at: created,
        };
        let mut entries = Vec::with_capacity(marks.len());
        for mark in marks {
            entries.push(Entry { mark, stood: standing });
            standing.pass(mark);
        }
        Self { export, entries }
    }

    /// The entries of a kind.
    pub(super) fn of_kind(&self, kind: MarkKind) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(move |entry| entry.mark.kind == kind)
    }

    /// The entries made at a place.
    pub(super) fn at(&self, place: Place) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(move |entry| entry.stood.place == place)
    }

    /// The plan's step at a place.
    pub(super) fn step(&self, place: Place) -> Option<&'a Step> {
        match place {
            Place::Step(index) => self.export.plan.step(index),
            Place::Undo => None,
        }
    }

    /// The moment at which an entry was made, as far as that matters: what came upon an act comes upon it at
    /// once in the replay, where acts take another time.
    pub(super) fn moment(&self, entry: &Entry<'_>) -> Moment {
        let Standing { place, stage, tried, come_at, stage_at, .. } = entry.stood;
        let at = entry.mark.at;
        let after = match stage {
            Stage::Come if place == Place::Step(0) && !tried => at.ms_since(come_at).min(CREATED_MS - 100),
            Stage::Come if !tried && place != Place::Undo => 0,
            Stage::Come => at.ms_since(come_at),
            Stage::Claimed(_) if self.lost_after(entry) => at.ms_since(stage_at).min(LOST_MS),
            Stage::Claimed(_) => 0,
            Stage::Waiting => {
                at.ms_since(stage_at).min(self.wait(place).unwrap_or(0).saturating_sub(BEFORE_END_MS))
            }
        };
        Moment { place, stage, after: legible(after) }
    }

    /// Whether the worker that held the claim at an entry did not come back.
    pub(super) fn lost_after(&self, entry: &Entry<'_>) -> bool {
        self.at(entry.stood.place)
            .any(|later| later.mark.kind == MarkKind::LeaseLost && later.mark.epoch > entry.mark.epoch)
    }

    fn wait(&self, place: Place) -> Option<u64> {
        match self.step(place)? {
            Step::Bake { span_ms } => Some(*span_ms),
            Step::Hook { timeout_ms, .. } => Some(*timeout_ms),
            _ => None,
        }
    }
}

/// A span as scenarios tell it: a long one in whole seconds.
pub(super) fn legible(ms: u64) -> i64 {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    if ms < 10_000 { ms } else { ms / 1_000 * 1_000 }
}

impl Standing {
    /// Milliseconds from the worker's claim, or the begin of the wait, to an instant.
    pub(super) fn since_stage(&self, at: Timestamp) -> u64 {
        at.ms_since(self.stage_at)
    }

    fn pass(&mut self, mark: &Mark) {
        let come = |place| Self {
            place,
            stage: Stage::Come,
            tried: false,
            claims: 0,
            come_at: mark.at,
            stage_at: mark.at,
        };
        match mark.kind {
            MarkKind::StepDone => *self = come(Place::Step(mark.step + 1)),
            MarkKind::Ending => *self = come(Place::Undo),
            MarkKind::Claimed => {
                self.claims += mark.count;
                (self.stage, self.stage_at) = (Stage::Claimed(self.claims), mark.at);
            }
            MarkKind::HookInvoked | MarkKind::Baking => {
                (self.stage, self.stage_at) = (Stage::Waiting, mark.at);
            }
            MarkKind::Retried | MarkKind::LeaseLost => {
                (self.stage, self.stage_at, self.tried) = (Stage::Come, mark.at, true);
            }
            _ => {}
        }
    }
}
