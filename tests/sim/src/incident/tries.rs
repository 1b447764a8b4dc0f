//! What went wrong with the tries of each step, and with those of putting back.

use cutover_core::decide::words::is_unreadable;
use cutover_core::limits::{ALARM_READ_PAUSE_MS, FORWARD_TRIES, LEASE_MS, backoff_ms};
use cutover_core::mark::{MarkKind, UNANSWERED};
use cutover_core::plan::Step;

use super::course::{Course, Entry};
use crate::story::{Place, Stage, Tries, Trouble};

/// Most tries of one kind at one place: more of them only take longer.
const MOST: u32 = 200;
/// Tries that go wrong besides those in the log, where something came upon a step that kept being tried: in the
/// replay it may come a little later.
const SPARE: u32 = 3;

/// In the order of the log.
pub(super) fn tries(course: &Course<'_>) -> Vec<Tries> {
    course.entries.iter().filter_map(|entry| failed(course, entry)).collect()
}

fn failed(course: &Course<'_>, entry: &Entry<'_>) -> Option<Tries> {
    let place = entry.stood.place;
    let step = course.step(place);
    let trouble = match entry.mark.kind {
        MarkKind::LeaseLost => Trouble::Crashed,
        MarkKind::Retried if is_unanswered(entry) => match step {
            None | Some(Step::Shift { .. } | Step::Hook { .. }) => Trouble::Unanswered,
            // What only looks leaves no doubt: its worker may as well be gone.
            Some(_) => Trouble::Crashed,
        },
        MarkKind::Retried => Trouble::Failed,
        MarkKind::AlarmsUnreadable if !is_told(entry) => Trouble::Failed,
        _ => return None,
    };
    Some(Tries { place, trouble, times: entry.mark.count.min(MOST) })
}

fn is_unanswered(entry: &Entry<'_>) -> bool {
    entry.mark.detail.as_ref().is_some_and(|detail| detail.starts_with(UNANSWERED))
}

/// Whether the poll told that the alarms could not be read, and not a step that read them.
pub(super) fn is_told(entry: &Entry<'_>) -> bool {
    entry.mark.detail.as_ref().is_some_and(|detail| is_unreadable(detail))
}

fn is_between_tries(entry: &Entry<'_>) -> bool {
    entry.stood.tried && entry.stood.stage == Stage::Come
}

/// What else must go wrong for the demand to end, or for the abandoning, to come upon what it came upon.
pub(super) fn spare(course: &Course<'_>, tries: &[Tries], assumed: &mut Vec<String>) -> Option<Tries> {
    let upon = course.entries.iter().find(|entry| match entry.mark.kind {
        MarkKind::StopRequested | MarkKind::AlarmActive => is_between_tries(entry),
        MarkKind::AlarmsUnreadable => is_between_tries(entry) && is_told(entry),
        MarkKind::Abandoned => true,
        _ => false,
    })?;
    let place = upon.stood.place;
    let so_far = count(tries, place);
    let (trouble, times) = match course.step(place) {
        None => (Trouble::Failed, SPARE + so_far / 3),
        // Alarms that cannot be read three times in a row would be another story.
        Some(Step::CheckAlarms) => (Trouble::Crashed, SPARE),
        Some(_) => (Trouble::Failed, SPARE.min(FORWARD_TRIES.saturating_sub(so_far + 1))),
    };
    assumed.push(format!(
        "up to {times} more tries would have gone wrong where it {}",
        if place == Place::Undo { "was abandoned" } else { "was told to end" }
    ));
    Some(Tries { place, trouble, times })
}

/// What the tries that go wrong at a place take at least, in milliseconds. In the log it may have been longer,
/// since nothing says that messages came late or that the service was down for a while.
pub(super) fn least_ms(course: &Course<'_>, tries: &[Tries], place: Place) -> i64 {
    let reads_alarms = matches!(course.step(place), Some(Step::CheckAlarms));
    let pause = if reads_alarms { ALARM_READ_PAUSE_MS } else { 0 };
    let troubles = tries.iter().filter(|t| t.place == place).flat_map(|t| (0..t.times).map(|_| t.trouble));
    let each = (0..).zip(troubles).map(|(n, trouble)| match trouble {
        Trouble::Crashed | Trouble::CrashedAfter | Trouble::Unanswered | Trouble::AnswerLost => LEASE_MS,
        // The least that chance makes of it.
        _ => (backoff_ms(n, place == Place::Undo, 0) * 4 / 5).max(pause),
    });
    i64::try_from(each.sum::<u64>()).unwrap_or(i64::MAX)
}

/// How many tries go wrong at a place.
pub(super) fn count(tries: &[Tries], place: Place) -> u32 {
    tries.iter().filter(|t| t.place == place).map(|t| t.times).sum()
}
