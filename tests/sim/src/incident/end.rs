//! What is expected: how the deployment really ended.

use cutover_core::alias::AliasState;
use cutover_core::deployment::ErrorCode;
use cutover_core::export::Export;
use cutover_core::ledger::Fate;
use cutover_core::mark::MarkKind;
use cutover_core::plan::Step;
use cutover_core::rollback;

use super::course::Course;
use super::demands::elsewhere;
use super::names::Versions;
use crate::report::{Report, clock};
use crate::scenario::Expect;
use crate::setup::Setup;
use crate::story::{Place, Tries, Trouble};

const MINUTE: i64 = 60_000;
/// Entries that tell of a demand to end.
const DEMANDS: [MarkKind; 3] = [MarkKind::StopRequested, MarkKind::AlarmActive, MarkKind::AlarmsUnreadable];

pub(super) fn expects(
    course: &Course<'_>,
    setup: &Setup,
    versions: &mut Versions,
    assumed: &mut Vec<String>,
) -> Vec<Expect> {
    let (plan, state) = (&course.export.plan, &course.export.state);
    let Some(verdict) = state.verdict() else {
        assumed.push("it is not over yet: how it ends is not expected".to_owned());
        return vec![Expect::Over];
    };
    let code = state.ending.as_ref().map(|ending| ending.code);
    let mut expects = vec![Expect::Deployment { number: 1, verdict, code }];
    let rolled = course.export.rollback.is_some();
    if rollback::wanted(plan, state) == rolled {
        expects.push(Expect::Rollbacks(usize::from(rolled)));
    } else {
        let gone = "the group was gone when it ended, so that no rollback deployment was made";
        assumed.push(format!("{gone}: the replay makes one"));
    }
    expects.extend(alias(course, versions, assumed));
    expects.extend(invocations(course, setup, assumed));
    expects.push(Expect::Within(within(course, setup)));
    expects
}

fn alias(course: &Course<'_>, versions: &mut Versions, assumed: &mut Vec<String>) -> Option<Expect> {
    let state = &course.export.state;
    let Some(entry) = state.ledger.first() else {
        let found = elsewhere(course).map(|observed| versions.state(&observed));
        let gone = state.ending.as_ref().is_some_and(|e| e.code == ErrorCode::InvalidLambdaFunction);
        if gone && found.is_none() {
            assumed.push("whether the alias or the version was missing: the version".to_owned());
            return None;
        }
        return Some(Expect::Alias(found.unwrap_or(AliasState::whole("1"))));
    };
    Some(Expect::Alias(match &entry.fate {
        Fate::Kept => AliasState::whole("2"),
        Fate::Undone => versions.state(&entry.before),
        Fate::Yielded { observed } => versions.state(observed),
        Fate::Gone => return Some(Expect::AliasGone),
        Fate::Abandoned => {
            assumed.push("what was abandoned stayed as it was last seen".to_owned());
            versions.state(&entry.confirmed)
        }
        Fate::Open => return None,
    }))
}

/// How often hooks were invoked: known where every try left its word.
fn invocations(course: &Course<'_>, setup: &Setup, assumed: &mut Vec<String>) -> Option<Expect> {
    let mut known = 0;
    for (index, step) in (0..).zip(&course.export.plan.steps) {
        let place = Place::Step(index);
        let has = |kind| course.at(place).any(|entry| entry.mark.kind == kind);
        if !matches!(step, Step::Hook { .. }) {
            continue;
        }
        let invoked = has(MarkKind::HookInvoked) || has(MarkKind::HookAnswered);
        // What an act brought upon which a demand to end had come is not told.
        let untold = has(MarkKind::Claimed) && !invoked && DEMANDS.into_iter().any(has);
        if untold || has(MarkKind::Retried) || has(MarkKind::LeaseLost) {
            let why = "of tries without a word back nobody knows whether they did";
            assumed.push(format!("how often hooks were invoked: {why}"));
            return None;
        }
        known += u64::from(invoked);
    }
    (setup.before.is_some() || setup.after.is_some()).then_some(Expect::Invocations(known))
}

/// What to say when the replay is over much sooner.
pub(super) fn sooner(export: &Export, report: &Report) -> Option<String> {
    export.state.completed_at?;
    let (really, replayed) = (took(export), report.deployments.iter().map(|d| d.at).max()?);
    (really - replayed > MINUTE && really > replayed * 3 / 2).then(|| {
        let words =
            "time in which nothing moved, because of late messages or a service that was down, is left out";
        format!("{words}: it is over after {}, not {}", clock(replayed), clock(really))
    })
}

/// Milliseconds until the deployment and its rollback deployment were over.
fn took(export: &Export) -> i64 {
    let back = export.rollback.as_ref().and_then(|back| back.completed_at);
    let over = back.or(export.state.completed_at).unwrap_or(export.plan.created_at);
    i64::try_from(over.ms_since(export.plan.created_at)).unwrap_or(i64::MAX)
}

/// By when the replay must be over: as soon as the deployment and its rollback deployment were, with time for
/// calls that take another time and for the sweep to find workers that are gone.
fn within(course: &Course<'_>, setup: &Setup) -> i64 {
    let took = took(course.export);
    let crash = |tries: &Tries| matches!(tries.trouble, Trouble::Crashed | Trouble::CrashedAfter);
    let crashes: i64 = setup.faults.tries.iter().filter(|t| crash(t)).map(|t| i64::from(t.times)).sum();
    (took + took / 4 + (2 + 2 * crashes) * MINUTE + MINUTE - 1) / MINUTE * MINUTE
}
