//! What happened from outside, and what ended the deployment.

use cutover_core::alias::AliasState;
use cutover_core::decide::words::{alarms_in, elsewhere_in};
use cutover_core::deployment::{Cause, ErrorCode};
use cutover_core::ledger::Fate;
use cutover_core::limits::FORWARD_TRIES;
use cutover_core::mark::MarkKind;
use cutover_core::plan::Step;

use super::course::{Course, Entry};
use super::names::Versions;
use super::tries::{count, is_told, least_ms};
use crate::setup::{AlarmNow, Happening, Setup};
use crate::story::{Moment, Place, Stage, Tries, Trouble};

pub(super) fn demands(
    course: &Course<'_>,
    versions: &mut Versions,
    setup: &mut Setup,
    assumed: &mut Vec<String>,
) {
    let mut demanded = false;
    for entry in &course.entries {
        let mut moment = course.moment(entry);
        if entry.stood.tried && moment.stage == Stage::Come {
            moment.after = moment.after.min(least_ms(course, &setup.faults.tries, moment.place));
        }
        let mut happen = |moment, happening| setup.moments.push((moment, happening));
        match entry.mark.kind {
            MarkKind::StopRequested => happen(moment, stop(course)),
            MarkKind::AlarmActive => {
                let name = alarm(course, entry, &setup.alarms, assumed);
                happen(moment, Happening::Alarm { name, now: AlarmNow::Red, told: true });
            }
            MarkKind::AlarmsUnreadable if is_told(entry) => happen(moment, Happening::PollGivesUp),
            MarkKind::Yielded => {
                if let Some(observed) = yielded(course) {
                    happen(come(entry.stood.place), Happening::Foreign(versions.state(observed)));
                }
            }
            MarkKind::Ending if !demanded => act(course, entry, versions, setup, assumed),
            MarkKind::Abandoned if has_fate(course, &Fate::Abandoned) => {
                happen(moment, Happening::Abandon);
            }
            _ => {}
        }
        demanded |= matches!(
            entry.mark.kind,
            MarkKind::StopRequested | MarkKind::AlarmActive | MarkKind::Yielded | MarkKind::Ending
        ) || (entry.mark.kind == MarkKind::AlarmsUnreadable && is_told(entry));
    }
    let before = setup.moments.iter().any(|(_, happening)| *happening == Happening::DeleteAlias);
    if has_fate(course, &Fate::Gone) && !before {
        setup.moments.push((come(Place::Undo), Happening::DeleteAlias));
    }
}

/// What an act brought that ended the deployment.
fn act(
    course: &Course<'_>,
    entry: &Entry<'_>,
    versions: &mut Versions,
    setup: &mut Setup,
    assumed: &mut Vec<String>,
) {
    let place = entry.stood.place;
    let Some(step) = course.step(place) else { return };
    let message = entry.mark.detail.as_deref().unwrap_or_default();
    let code = course.export.state.ending.as_ref().map(|ending| ending.code);
    // A foreign write that was found later stands in its place.
    let code = code.filter(|_| course.of_kind(MarkKind::Ending).count() == 1);
    let tried = count(&setup.faults.tries, place);
    let trouble = match (step, code) {
        (Step::Fail { .. }, _) => None,
        (_, Some(ErrorCode::Throttled) | None) if tried + 1 >= FORWARD_TRIES => {
            (tried < FORWARD_TRIES).then_some(Trouble::Failed)
        }
        (Step::CheckAlarms, _) if course.at(place).any(|e| e.mark.kind == MarkKind::AlarmsUnreadable) => None,
        (Step::CheckAlarms, Some(ErrorCode::AlarmActive) | None) => {
            let name = alarm(course, entry, &setup.alarms, assumed);
            let happening = Happening::Alarm { name, now: AlarmNow::Red, told: false };
            setup.moments.push((come(place), happening));
            None
        }
        (Step::Hook { .. }, _) if entry.stood.stage == Stage::Waiting || answered(course, place) => None,
        (Step::ResolveTargets, _) if elsewhere(course).is_some() => {
            let observed = elsewhere(course).map(|observed| versions.state(&observed));
            setup.moments.extend(observed.map(|observed| (come(place), Happening::Foreign(observed))));
            None
        }
        (_, Some(ErrorCode::InvalidLambdaFunction)) if has_fate(course, &Fate::Gone) => {
            setup.moments.push((come(place), Happening::DeleteAlias));
            None
        }
        (_, Some(ErrorCode::InvalidLambdaFunction)) => Some(Trouble::Gone),
        (_, None) if message.ends_with("does not exist.") => Some(Trouble::Gone),
        (_, Some(ErrorCode::InvalidLambdaConfiguration)) => Some(Trouble::Refused),
        _ => Some(Trouble::Denied),
    };
    setup.faults.tries.extend(trouble.map(|trouble| Tries { place, trouble, times: 1 }));
}

fn come(place: Place) -> Moment {
    Moment { place, stage: Stage::Come, after: 0 }
}

fn stop(course: &Course<'_>) -> Happening {
    let ending = course.export.state.ending.as_ref().or(course.export.state.signals.end.as_ref());
    Happening::Stop { rollback: ending.filter(|e| e.cause == Cause::Request).and_then(|e| e.rollback) }
}

/// The alarm that an entry names, by its word in the scenario.
fn alarm(course: &Course<'_>, entry: &Entry<'_>, words: &[String], assumed: &mut Vec<String>) -> String {
    let names = &course.export.plan.alarms.names;
    let state = &course.export.state;
    let whole = state.ending.as_ref().map(|ending| ending.message.as_str()).unwrap_or_default();
    let told = entry.mark.detail.as_deref().unwrap_or_default();
    let named = [told, whole].into_iter().find_map(|text| alarms_in(text, names).first().copied());
    let place = named.and_then(|name| names.iter().position(|n| n == name));
    let word = words.get(place.unwrap_or(0)).cloned().unwrap_or_default();
    if place.is_none() {
        assumed.push(format!("which alarm was red cannot be read from the log: {word}"));
    }
    word
}

fn answered(course: &Course<'_>, place: Place) -> bool {
    course.at(place).any(|entry| entry.mark.kind == MarkKind::HookAnswered)
}

/// What the alias was at, if it was not at the version that it had to be at.
pub(super) fn elsewhere(course: &Course<'_>) -> Option<AliasState> {
    let state = &course.export.state;
    let ending = state.ending.as_ref().filter(|_| state.ledger.is_empty())?;
    elsewhere_in(&ending.message)
}

/// What somebody else wrote.
pub(super) fn yielded<'a>(course: &Course<'a>) -> Option<&'a AliasState> {
    course.export.state.ledger.iter().find_map(|entry| match &entry.fate {
        Fate::Yielded { observed } => Some(observed),
        _ => None,
    })
}

fn has_fate(course: &Course<'_>, fate: &Fate) -> bool {
    course.export.state.ledger.iter().any(|entry| entry.fate == *fate)
}
