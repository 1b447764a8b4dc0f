//! Whose story it is, for people: comments, in which the user's own names stand.

use cutover_core::deployment::Deployment;
use cutover_core::mark::Mark;
use cutover_core::time::Timestamp;
use cutover_core::timeline::step_text;
use serde_json::json;

use super::course::Course;
use crate::report::clock;

pub(super) fn lines(course: &Course<'_>) -> Vec<String> {
    let export = course.export;
    let (plan, state) = (&export.plan, &export.state);
    let since = |at: Timestamp| clock(i64::try_from(at.ms_since(plan.created_at)).unwrap_or(i64::MAX));
    let mut lines = vec![
        format!(
            "The deployment {} of the group {} of the application {}: {}.",
            plan.deployment,
            plan.group.group,
            plan.group.application,
            plan.moves().map_or_else(
                || "nothing that could be deployed".to_owned(),
                |shift| format!("{} from version {} to {}", shift.alias, shift.current, shift.target)
            )
        ),
        format!("Created {}, {}.", plan.created_at, end(state, since)),
    ];
    lines.extend(state.ending.as_ref().map(|ending| ending.message.clone()));
    if let Some(back) = &export.rollback {
        lines.push(format!("Its rollback deployment {}: {}.", back.id, end(back, since)));
    }
    lines.extend([String::new(), "Its plan:".to_owned()]);
    let steps = plan.steps.iter().enumerate();
    lines.extend(steps.map(|(i, step)| format!("  step {}: {}", i + 1, step_text(plan, step))));
    lines.extend([String::new(), "Its log, from its creation:".to_owned()]);
    lines.extend(course.entries.iter().map(|e| format!("  {} {}", since(e.mark.at), entry(e.mark))));
    lines.into_iter().map(|line| in_one_line(&line)).collect()
}

fn end(state: &Deployment, since: impl Fn(Timestamp) -> String) -> String {
    let Some((verdict, at)) = state.verdict().zip(state.completed_at) else {
        return "not over yet".to_owned();
    };
    let code = state.ending.as_ref().map(|e| format!(" {}", e.code.as_str())).unwrap_or_default();
    format!("over at {at}, after {}: {}{code}", since(at), verdict.as_str())
}

fn entry(mark: &Mark) -> String {
    let kind = json!(mark.kind);
    let mut text = format!("step {} {}", mark.step + 1, kind.as_str().unwrap_or_default());
    if mark.count > 1 {
        text.push_str(&format!(" ({} times)", mark.count));
    }
    if let Some(detail) = &mark.detail {
        text.push_str(&format!(": {detail}"));
    }
    text
}

/// What came from elsewhere must not begin a line of its own.
fn in_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
