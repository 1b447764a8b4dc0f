//! Marks: the timeline and event log of a deployment, one compact entry per commit.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// The deployment was created.
    Created,
    /// A worker took the act of a step.
    Claimed,
    /// A worker that had taken the act did not come back.
    LeaseLost,
    /// A step is done.
    StepDone,
    /// An act failed in a way that may pass; it is tried again.
    Retried,
    /// A hook was invoked and its answer is awaited.
    HookInvoked,
    /// A hook answered.
    HookAnswered,
    /// A wait began.
    Baking,
    /// A fleet is at work.
    Watching,
    /// No host of a fleet is at work any more, and none will begin.
    Withdrawn,
    /// Somebody asked to stop.
    StopRequested,
    /// An alarm went off.
    AlarmActive,
    /// Alarms could not be read.
    AlarmsUnreadable,
    /// The deployment is ending and undoes what it did.
    Ending,
    /// A resource is as it was before.
    Undone,
    /// A foreign write was found; the resource is left alone.
    Yielded,
    /// An operator abandoned what could not be undone.
    Abandoned,
    /// Nothing is left to do but to close.
    Closing,
    /// Over.
    Done,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Place in the deployment's whole log, from 0.
    pub seq: u32,
    /// When (the last time, for a folded one).
    pub at: Timestamp,
    /// The epoch of the commit.
    pub epoch: u64,
    /// The step's place in the plan.
    pub step: u16,
    /// What.
    pub kind: MarkKind,
    /// The rest of the sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How often in a row; 1 is not stored.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u32,
}

fn one() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_one(n: &u32) -> bool {
    *n == 1
}

/// How a state stores its marks: a list of lists, since it is written anew at every commit.
pub mod compact {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Mark, MarkKind};
    use crate::time::Timestamp;

    #[derive(Serialize, Deserialize)]
    struct Row<D>(u32, Timestamp, u64, u16, MarkKind, u32, D);

    /// Writes `[[seq, at, epoch, step, kind, count, detail], …]`.
    pub fn serialize<S: Serializer>(marks: &[Mark], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(
            marks.iter().map(|m| Row(m.seq, m.at, m.epoch, m.step, m.kind, m.count, m.detail.as_deref())),
        )
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Mark>, D::Error> {
        let rows = Vec::<Row<Option<String>>>::deserialize(from)?;
        let mark = |Row(seq, at, epoch, step, kind, count, detail)| Mark {
            seq,
            at,
            epoch,
            step,
            kind,
            detail,
            count,
        };
        Ok(rows.into_iter().map(mark).collect())
    }
}

/// Longest detail that is kept, in bytes.
pub const DETAIL_BYTES: usize = 300;

/// As much of the text as a log entry holds.
pub fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(DETAIL_BYTES)]
}

/// Begins the detail of a failed try that may have been carried out all the same.
pub const UNANSWERED: &str = "no answer, so it may be done: ";

/// Adds a mark; the same kind at the same step in a row is folded into a count and the last detail. What is
/// tried while undoing is never folded into what was tried before.
pub fn push(marks: &mut Vec<Mark>, next_seq: &mut u32, mut mark: Mark) {
    if let Some(detail) = &mut mark.detail {
        detail.truncate(detail.floor_char_boundary(DETAIL_BYTES));
    }
    let repeats = matches!(mark.kind, MarkKind::Retried | MarkKind::Claimed | MarkKind::LeaseLost);
    let mut lately = marks.iter_mut().rev().take(2).take_while(|m| m.kind != MarkKind::Ending);
    let folded = lately.find(|m| repeats && m.kind == mark.kind && m.step == mark.step);
    if let Some(last) = folded {
        last.at = mark.at;
        last.epoch = mark.epoch;
        last.count = last.count.saturating_add(1);
        if mark.detail.is_some() {
            last.detail = mark.detail;
        }
        return;
    }
    mark.seq = *next_seq;
    *next_seq += 1;
    marks.push(mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(kind: MarkKind, detail: &str) -> Mark {
        Mark {
            seq: 0,
            at: Timestamp::from_millis(5),
            epoch: 1,
            step: 0,
            kind,
            detail: Some(detail.to_owned()),
            count: 1,
        }
    }

    #[test]
    fn repeats_fold_into_a_count_and_the_last_error() {
        let (mut marks, mut seq) = (Vec::new(), 0);
        for (kind, detail) in [
            (MarkKind::Claimed, "a"),
            (MarkKind::Retried, "throttled"),
            (MarkKind::Claimed, "b"),
            (MarkKind::Retried, "timed out"),
            (MarkKind::StepDone, "x"),
            (MarkKind::StepDone, "y"),
        ] {
            push(&mut marks, &mut seq, mark(kind, detail));
        }
        let told: Vec<_> =
            marks.iter().map(|m| (m.seq, m.count, m.detail.as_deref().unwrap_or(""))).collect();
        assert_eq!(told, [(0, 2, "b"), (1, 2, "timed out"), (2, 1, "x"), (3, 1, "y")]);
    }

    #[test]
    fn undoing_begins_a_new_count() {
        let (mut marks, mut seq) = (Vec::new(), 0);
        for kind in [MarkKind::Claimed, MarkKind::Ending, MarkKind::Claimed, MarkKind::Claimed] {
            push(&mut marks, &mut seq, mark(kind, ""));
        }
        let told: Vec<_> = marks.iter().map(|m| (m.kind, m.count)).collect();
        assert_eq!(told, [(MarkKind::Claimed, 1), (MarkKind::Ending, 1), (MarkKind::Claimed, 2)]);
    }

    #[test]
    fn a_long_detail_is_cut_at_a_character() {
        let (mut marks, mut seq) = (Vec::new(), 0);
        push(&mut marks, &mut seq, mark(MarkKind::Retried, &"ü".repeat(1000)));
        assert_eq!(marks[0].detail.as_ref().expect("a detail").len(), DETAIL_BYTES);
    }
}
