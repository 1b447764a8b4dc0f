//! The simulator's world of a rehearsal: the user's deployment, alarms as they would have been, nothing that
//! goes wrong by itself.

use cutover_core::alias::AliasRef;
use cutover_service::draft::Draft;
use cutover_wire::api::error::ApiError;
use sim::report::Report;
use sim::setup::{AlarmNow, Cast, Happening, Setup};

use crate::failure::Failure;
use crate::rehearse::hooks::{Answer, HookEvent, hook};
use crate::rehearse::judge::State;
use crate::rehearse::outcome::Watched;

/// Decides how long calls take, within a few milliseconds.
const SEED: u64 = 1;

/// The world of that deployment.
pub(crate) fn setup(
    draft: &Draft,
    [application, group]: [&str; 2],
    answers: &[Answer],
    alarms: &[Watched],
) -> Result<Setup, Failure> {
    let refused = |e: ApiError| Failure::input(format!("{} ({})", e.message, e.code));
    let (routing, spec) = draft.shift().map_err(refused)?;
    let functions = [&spec.hooks.before_allow_traffic, &spec.hooks.after_allow_traffic];
    let mut setup = Setup::quiet(routing);
    let default = Cast::default();
    let mut group_ref = default.group;
    (group_ref.application, group_ref.group) = (application.to_owned(), group.to_owned());
    let [before, after] = [HookEvent::Before, HookEvent::After].map(|event| hook(event, answers));
    if let Some(answer) = answers.iter().find(|answer| functions[answer.event as usize].is_none()) {
        let event = answer.event.as_str();
        return Err(Failure::input(format!("--hook {event}=…: the AppSpec has no {event} hook")));
    }
    setup.before = functions[0].as_ref().map(|_| before);
    setup.after = functions[1].as_ref().map(|_| after);
    setup.cast = Cast {
        group: group_ref,
        alias: AliasRef { function: spec.function.clone(), alias: spec.alias.clone() },
        current: spec.current_version.clone(),
        target: spec.target_version.clone(),
        before_hook: functions[0].clone().unwrap_or(default.before_hook),
        after_hook: functions[1].clone().unwrap_or(default.after_hook),
    };
    setup.alarms.clone_from(&draft.alarms.names);
    setup.ignore_poll_failure = draft.alarms.ignore_poll_failure;
    setup.auto_rollback = draft.auto_rollback;
    let last = setup.deadline();
    for Watched { name, changes, .. } in alarms {
        let before = changes.iter().rev().find(|change| change.at <= 0);
        let stood = before.map(|change| (0, happening(name, change.to, false)));
        let turns = changes.iter().filter(|change| (1..=last).contains(&change.at));
        setup.happenings.extend(stood);
        setup.happenings.extend(turns.map(|change| (change.at, happening(name, change.to, true))));
    }
    Ok(setup)
}

/// A state that an alarm has already is told by nobody.
fn happening(name: &str, to: State, told: bool) -> Happening {
    let now = match to {
        State::Ok => AlarmNow::Green,
        State::Alarm => AlarmNow::Red,
        State::InsufficientData => AlarmNow::NoData,
    };
    Happening::Alarm { name: name.to_owned(), now, told }
}

/// Lets the deployment happen.
pub(crate) fn run(setup: &Setup) -> Result<Report, Failure> {
    let report = sim::world::run(setup, SEED, false);
    match &report.violation {
        Some(violation) => Err(Failure::told(format!("the rehearsal broke off: {violation}"))),
        None => Ok(report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::history::Change;
    use cutover_core::config::TrafficRouting;
    use cutover_core::deployment::Verdict;
    use cutover_core::plan::{AlarmPlan, AutoRollback};
    use cutover_service::draft::DraftWork;

    fn draft(before: Option<&str>, after: Option<&str>) -> Draft {
        let spec = crate::command::revision::app_spec("fn", "live", "7", "9", [before, after]).to_string();
        Draft {
            config: "slow".into(),
            work: DraftWork::Shift {
                routing: TrafficRouting::TimeBasedCanary { percentage: 25, interval_mins: 10 },
                spec: cutover_appspec::parse_lambda(&spec).expect("an AppSpec"),
            },
            alarms: AlarmPlan { names: vec!["a".into()], ignore_poll_failure: false },
            auto_rollback: AutoRollback { on_alarm: true, ..AutoRollback::default() },
            override_alarms: None,
            rollback: None,
        }
    }

    fn alarm(changes: &[(i64, State)]) -> Vec<Watched> {
        let change =
            |(at, to): &(i64, State)| Change { at: *at, from: State::Ok, to: *to, why: String::new() };
        let changes = changes.iter().map(change).collect();
        vec![Watched { name: "a".into(), on: Ok("a".into()), rare: None, changes }]
    }

    fn ended(draft: &Draft, answers: &[&str], alarms: &[Watched]) -> (Option<Verdict>, i64, usize) {
        let answers: Vec<_> =
            answers.iter().map(|a| crate::rehearse::hooks::answer(a).expect("an answer")).collect();
        let setup = setup(draft, ["shop", "prod"], &answers, alarms).expect("a world");
        let report = run(&setup).expect("a report");
        let first = &report.deployments[0];
        assert_eq!(first.plan.shift.alias.to_string(), "fn:live");
        assert_eq!(first.plan.group.group, "prod");
        (first.verdict, first.at / 60_000, report.deployments.len())
    }

    #[test]
    fn the_world_is_the_users() {
        let plain = draft(None, None);
        for (changes, expected) in [
            (&[][..], (Some(Verdict::Succeeded), 10, 1)),
            (&[(240_000, State::Alarm)], (Some(Verdict::Stopped), 4, 2)),
            (&[(-60_000, State::Alarm)], (Some(Verdict::Stopped), 0, 2)),
            (&[(-60_000, State::Alarm), (0, State::Ok)], (Some(Verdict::Succeeded), 10, 1)),
            (&[(240_000, State::InsufficientData)], (Some(Verdict::Succeeded), 10, 1)),
            (&[(900_000, State::Alarm)], (Some(Verdict::Succeeded), 10, 1)),
            (&[(900_000_000_000, State::Alarm)], (Some(Verdict::Succeeded), 10, 1)),
        ] {
            assert_eq!(ended(&plain, &[], &alarm(changes)), expected, "{changes:?}");
        }
    }

    #[test]
    fn hooks_answer_as_told_even_if_one_function_serves_both() {
        let both = draft(Some("check"), Some("check"));
        for (answers, expected) in [
            (&[][..], (Some(Verdict::Succeeded), 10, 1)),
            (&["BeforeAllowTraffic=Failed"], (Some(Verdict::Failed), 0, 1)),
            (&["AfterAllowTraffic=Failed@60s"], (Some(Verdict::Failed), 11, 1)),
            (&["AfterAllowTraffic=never"], (Some(Verdict::Failed), 70, 1)),
        ] {
            assert_eq!(ended(&both, answers, &[]), expected, "{answers:?}");
        }
    }

    #[test]
    fn a_hook_that_is_not_there_cannot_answer() {
        let answers = [crate::rehearse::hooks::answer("AfterAllowTraffic=Failed").expect("an answer")];
        let told = setup(&draft(Some("check"), None), ["a", "g"], &answers, &[]).expect_err("a failure");
        assert_eq!(told.to_string(), "--hook AfterAllowTraffic=…: the AppSpec has no AfterAllowTraffic hook");
    }
}
