//! A rehearsal for a person: the plan, the story, the alarms, the end. Pure.

use cutover_core::time::Timestamp;

use crate::exit::Exit;
use crate::rehearse::conclusion::conclusion;
use crate::rehearse::outcome::{Outcome, Watched};
use crate::rehearse::time::{Clock, Moment, clock};
use crate::view::bar::percent;
use crate::view::clock::instant;
use crate::view::style::Style;
use crate::view::table::columns;
use crate::view::{marks, timeline};

/// The firings of one alarm that are told one by one.
const TOLD: usize = 4;

/// The rehearsal, line by line; `start` is the instant of the recording at which the deployment is created.
pub(crate) fn lines(
    style: Style,
    outcome: &Outcome,
    start: Option<Moment>,
    warnings: &[String],
) -> Vec<String> {
    let mut lines = timeline::lines(style, &outcome.plan);
    lines.push(String::new());
    lines.push(match start {
        None => "rehearsed in virtual time".to_owned(),
        Some(Moment { clock: Clock::Utc, at }) => {
            let instant = instant(Timestamp::from_millis(at));
            format!("rehearsed in virtual time; 0:00:00 is {instant}")
        }
        Some(Moment { at, .. }) => {
            format!("rehearsed in virtual time; 0:00:00 is at {} of the recording", clock(at))
        }
    });
    let head = ["at", "share", "what"].map(|title| style.dim(title)).to_vec();
    let rows = outcome.moments.iter().map(|moment| {
        let text = match &moment.mark {
            Some(mark) => marks::colored(style, mark, &moment.text),
            None => style.yellow(&moment.text),
        };
        vec![clock(moment.at), format!("{} %", percent(moment.share)), text]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    lines.extend(columns(&rows).into_iter().map(|line| format!("  {line}")));
    if !outcome.alarms.is_empty() {
        lines.push(String::new());
        lines
            .extend(outcome.alarms.iter().flat_map(|alarm| alarm_lines(style, alarm, outcome.deployment.at)));
    }
    lines.extend(warnings.iter().map(|warning| format!("{} {warning}", style.yellow("warning:"))));
    lines.push(String::new());
    let conclusion = conclusion(outcome);
    let paint = if outcome.exit() == Exit::Succeeded { Style::green } else { Style::red };
    lines.push(style.bold(&paint(style, &conclusion)));
    lines
}

fn alarm_lines(style: Style, alarm: &Watched, over_at: i64) -> Vec<String> {
    let name = format!("alarm {}", style.bold(&alarm.name));
    let series = match &alarm.on {
        Err(why) => return vec![format!("{name} {}: {why}", style.yellow("was not evaluated"))],
        Ok(series) if *series == alarm.name => String::new(),
        Ok(series) => format!(" (series {series})"),
    };
    let firings: Vec<_> = alarm.firings().collect();
    if firings.is_empty() {
        return vec![format!("{name} would not have fired{series}")];
    }
    let mut lines: Vec<_> = firings
        .iter()
        .take(TOLD)
        .map(|firing| {
            let when = match firing.at {
                ..=0 => format!("would have been in ALARM from the beginning ({})", firing.why),
                at => format!("would have fired at {} ({})", clock(at), firing.why),
            };
            let late = if firing.at > over_at { ", after the deployment was over" } else { "" };
            format!("{name} {}{late}{series}", style.red(&when))
        })
        .collect();
    if firings.len() > TOLD {
        lines.push(format!("{name} … and {} times more", firings.len() - TOLD));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::judge::State;
    use crate::rehearse::outcome::tests::canary;

    fn told(changes: &[(i64, State)]) -> String {
        let start = Moment { clock: Clock::Utc, at: 1_793_534_400_000 };
        lines(Style::PLAIN, &canary(changes), Some(start), &["the recording is short".to_owned()]).join("\n")
    }

    #[test]
    fn a_rehearsal_is_told() {
        let told = told(&[(120_000, State::Alarm), (600_000, State::Ok), (900_000, State::Alarm)]);
        assert!(told.starts_with("shop:live  version 1 → 2  (canary: 10 %, 100 %)\n"), "{told}");
        let ending = "

alarm hot would have fired at 0:02:00 (3 of 3 datapoints over 5) (series Errors)
alarm hot would have fired at 0:15:00 (3 of 3 datapoints over 5), after the deployment was over (series Errors)
alarm cold was not evaluated: it is a composite alarm
warning: the recording is short

would have been STOPPED at 0:02:00 by alarm hot at 10 %; traffic back at 0:02:00; rollback deployment created";
        assert!(told.ends_with(ending), "{told}");
        for line in [
            "rehearsed in virtual time; 0:00:00 is 2026-11-01 12:00:00.000 UTC",
            "  0:02:00  10 %   alarm hot goes to ALARM: 3 of 3 datapoints over 5",
        ] {
            assert!(told.contains(line), "{line} is missing in\n{told}");
        }
    }

    #[test]
    fn alarms_that_stood_or_fluttered_are_told_shortly() {
        let flutter: Vec<_> =
            (1..=12).map(|n| (n * 1_000_000, if n % 2 == 0 { State::Ok } else { State::Alarm })).collect();
        assert!(told(&flutter).contains("\nalarm hot … and 2 times more\n"));
        assert!(told(&[(0, State::Alarm)]).contains("hot would have been in ALARM from the beginning"));
        assert!(told(&[]).contains("\nalarm hot would not have fired (series Errors)\n"));
    }
}
