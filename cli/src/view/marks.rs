//! The log of a deployment in words.

use cutover_core::mark::{Mark, MarkKind};
use cutover_core::timeline::Timeline;

use crate::view::style::Style;

/// A mark as a sentence; with the timeline it names what the step does.
pub(crate) fn text(mark: &Mark, timeline: Option<&Timeline>) -> String {
    let detail = mark.detail.as_deref().unwrap_or_default();
    let step = step(mark, timeline);
    let with = |words: &str| if detail.is_empty() { words.to_owned() } else { format!("{words}: {detail}") };
    let sentence = match mark.kind {
        MarkKind::Created => "created".to_owned(),
        MarkKind::Claimed => format!("a worker takes {step}"),
        MarkKind::LeaseLost => format!("a worker did not come back from {step}; another takes over"),
        MarkKind::StepDone => format!("done: {step}"),
        MarkKind::Retried => with(&format!("to be tried again: {step}")),
        MarkKind::HookInvoked => "the hook is invoked; its answer is awaited".to_owned(),
        MarkKind::HookAnswered => format!("the hook answered {detail}"),
        MarkKind::Baking => format!("from now: {step}"),
        MarkKind::StopRequested => with("asked to stop"),
        MarkKind::AlarmActive => with("alarm"),
        MarkKind::AlarmsUnreadable => with("the alarms cannot be read"),
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

/// Whether a mark is worth a line while somebody watches.
pub(crate) fn is_news(mark: &Mark) -> bool {
    !matches!(mark.kind, MarkKind::Claimed | MarkKind::Closing)
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
            (mark(MarkKind::HookAnswered, 1, Some("Succeeded"), 1), true, "the hook answered Succeeded"),
            (mark(MarkKind::Undone, 3, None, 1), true, "put back"),
        ] {
            assert_eq!(text(&mark, with.then_some(&timeline)), expected);
        }
    }
}
