//! The log of a deployment in words.

use serde_json::{Value, json};

use cutover_core::mark::{Mark, MarkKind};
use cutover_core::timeline::Timeline;

use crate::view::style::Style;

/// A mark as a sentence, after the marks before it; with the timeline it names what the step does.
pub(crate) fn text(mark: &Mark, before: &[Mark], timeline: Option<&Timeline>) -> String {
    let undoing = before.iter().any(|mark| mark.kind == MarkKind::Ending);
    let detail = mark.detail.as_deref().unwrap_or_default();
    let step = step(mark, timeline);
    let with = |words: &str| if detail.is_empty() { words.to_owned() } else { format!("{words}: {detail}") };
    let sentence = match mark.kind {
        MarkKind::Created => "created".to_owned(),
        MarkKind::Claimed if undoing => "a worker begins to undo what was done".to_owned(),
        MarkKind::Claimed => format!("a worker begins: {step}"),
        MarkKind::LeaseLost if undoing => {
            "a worker did not come back; another undoes what was done".to_owned()
        }
        MarkKind::LeaseLost => format!("a worker did not come back from {step}; another takes over"),
        MarkKind::StepDone => format!("done: {step}"),
        MarkKind::Retried if undoing => with("undoing is to be tried again"),
        MarkKind::Retried => with(&format!("to be tried again: {step}")),
        MarkKind::HookInvoked => format!("{} is invoked; its answer is awaited", hook(&step)),
        MarkKind::HookAnswered => format!("{} answered {detail}", hook(&step)),
        MarkKind::Baking => format!("from now: {step}"),
        MarkKind::Watching => "hosts are at work".to_owned(),
        MarkKind::Withdrawn => with("no host is at work any more"),
        MarkKind::StopRequested => with("asked to stop"),
        MarkKind::AlarmActive => with("alarm"),
        MarkKind::AlarmsUnreadable => with("the alarms cannot be read"),
        MarkKind::Ending if yielded(before) => with("ends, and leaves the alias as somebody else put it"),
        MarkKind::Ending if on_hosts(before) => with("ends, and nothing more begins"),
        MarkKind::Ending => with("ends, and undoes what it did"),
        MarkKind::Undone => with("put back"),
        MarkKind::Yielded => with("left alone"),
        MarkKind::Abandoned => with("abandoned"),
        MarkKind::Closing => "everything outside is settled".to_owned(),
        MarkKind::Done => format!("over: {detail}"),
    };
    if mark.count > 1 { format!("{sentence} ({} times)", mark.count) } else { sentence }
}

fn step(mark: &Mark, timeline: Option<&Timeline>) -> String {
    let entry = timeline.and_then(|t| t.entries.iter().find(|e| e.step == mark.step));
    match entry {
        Some(entry) => entry.text.clone(),
        None => format!("step {}", mark.step + 1),
    }
}

/// The hook in a step's sentence, `invoke the … hook …; …`.
fn hook(step: &str) -> &str {
    let sentence = step.strip_prefix("invoke ");
    sentence.and_then(|s| s.split(';').next()).unwrap_or("the hook")
}

/// A mark as a line for somebody who watches, if it is worth one: not what only the log needs, not the end
/// of a step whose course was told already, and no reason that the mark before has just given.
pub(crate) fn news(mark: &Mark, before: &[Mark], timeline: Option<&Timeline>) -> Option<String> {
    let entry = timeline.and_then(|t| t.entries.iter().find(|e| e.step == mark.step));
    match mark.kind {
        MarkKind::Claimed | MarkKind::Closing => None,
        MarkKind::StepDone if entry.is_some_and(|e| e.span_ms.is_some() || e.queue == "alarm-check") => None,
        MarkKind::Ending if yielded(before) => {
            Some("it ends, and leaves the alias as somebody else put it".to_owned())
        }
        MarkKind::Ending if on_hosts(before) => Some(text(mark, before, timeline)),
        MarkKind::Ending if before.last().is_some_and(|b| b.detail == mark.detail) => {
            Some("it ends, and what it did is undone".to_owned())
        }
        _ => Some(text(mark, before, timeline)),
    }
}

/// Whether hosts were at work.
fn on_hosts(before: &[Mark]) -> bool {
    before.iter().any(|mark| mark.kind == MarkKind::Watching)
}

/// Whether a foreign write was found: then there is nothing to undo.
fn yielded(before: &[Mark]) -> bool {
    before.iter().any(|mark| mark.kind == MarkKind::Yielded)
}

/// For `--json`: with its time in seconds, like every other time there.
pub(crate) fn to_json(mark: &Mark) -> Value {
    let mut value = json!(mark);
    value["at"] = json!(mark.at.as_secs_f64());
    value
}

/// A sentence in the colour of its kind.
pub(crate) fn colored(style: Style, mark: &Mark, sentence: &str) -> String {
    match mark.kind {
        MarkKind::AlarmActive | MarkKind::AlarmsUnreadable | MarkKind::Ending => style.red(sentence),
        MarkKind::StopRequested | MarkKind::LeaseLost | MarkKind::Retried => style.yellow(sentence),
        MarkKind::Yielded | MarkKind::Abandoned => style.yellow(sentence),
        MarkKind::Undone => style.green(sentence),
        MarkKind::Done => match mark.detail.as_deref() {
            Some("Succeeded") => style.green(sentence),
            _ => style.red(sentence),
        },
        MarkKind::Claimed | MarkKind::Closing | MarkKind::Created => style.dim(sentence),
        MarkKind::Watching | MarkKind::Withdrawn => sentence.to_owned(),
        MarkKind::StepDone | MarkKind::HookInvoked | MarkKind::HookAnswered | MarkKind::Baking => {
            sentence.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::timeline::tests::canary;
    use cutover_core::time::Timestamp;

    pub(super) fn mark(kind: MarkKind, step: u16, detail: Option<&str>, count: u32) -> Mark {
        let at = Timestamp::from_millis(0);
        Mark { seq: 0, at, epoch: 1, step, kind, detail: detail.map(str::to_owned), count }
    }

    #[test]
    fn marks_are_sentences() {
        let timeline = canary();
        for (mark, with, expected) in [
            (mark(MarkKind::StepDone, 2, None, 1), true, "done: give version 2 10 % of the traffic"),
            (mark(MarkKind::StepDone, 2, None, 1), false, "done: step 3"),
            (
                mark(MarkKind::Retried, 9, Some("throttled"), 3),
                true,
                "to be tried again: step 10: throttled (3 times)",
            ),
            (mark(MarkKind::HookAnswered, 1, Some("Succeeded"), 1), false, "the hook answered Succeeded"),
            (mark(MarkKind::Undone, 3, None, 1), true, "put back"),
        ] {
            assert_eq!(text(&mark, &[], with.then_some(&timeline)), expected);
        }
    }

    #[test]
    fn only_news_is_told() {
        let timeline = canary();
        let alarm = mark(MarkKind::AlarmActive, 3, Some("Red: a."), 1);
        let theirs = mark(MarkKind::Yielded, 3, Some("At version 3."), 1);
        for (mark, before, expected) in [
            (mark(MarkKind::Claimed, 2, None, 1), None, None),
            (mark(MarkKind::StepDone, 1, None, 1), None, None),
            (mark(MarkKind::StepDone, 3, None, 1), None, None),
            (mark(MarkKind::StepDone, 0, None, 1), None, Some("done: look at fn:live")),
            (
                mark(MarkKind::HookInvoked, 1, None, 1),
                None,
                Some("the BeforeAllowTraffic hook pre is invoked; its answer is awaited"),
            ),
            (
                mark(MarkKind::Ending, 3, Some("Red: a."), 1),
                Some(alarm),
                Some("it ends, and what it did is undone"),
            ),
            (
                mark(MarkKind::Ending, 3, Some("At version 3."), 1),
                Some(theirs),
                Some("it ends, and leaves the alias as somebody else put it"),
            ),
            (mark(MarkKind::Ending, 3, Some("No."), 1), None, Some("ends, and undoes what it did: No.")),
        ] {
            let before: Vec<Mark> = before.into_iter().collect();
            assert_eq!(news(&mark, &before, Some(&timeline)).as_deref(), expected, "{mark:?}");
        }
    }

    #[test]
    fn in_json_a_mark_has_its_time_in_seconds() {
        let mut mark = mark(MarkKind::StepDone, 2, None, 1);
        mark.at = Timestamp::from_millis(1_500);
        assert_eq!(to_json(&mark)["at"], 1.5);
        assert_eq!(to_json(&mark)["kind"], "step-done");
    }

    #[test]
    fn what_comes_after_the_end_is_undoing() {
        let timeline = canary();
        let before = [mark(MarkKind::Ending, 3, Some("Red: a."), 1)];
        for (mark, expected) in [
            (mark(MarkKind::Claimed, 3, None, 1), "a worker begins to undo what was done"),
            (
                mark(MarkKind::Retried, 3, Some("throttled"), 2),
                "undoing is to be tried again: throttled (2 times)",
            ),
        ] {
            assert_eq!(text(&mark, &before, Some(&timeline)), expected);
        }
    }
}
