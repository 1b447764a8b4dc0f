//! The exact timeline of a plan before it starts: what `cutover plan` prints.

use serde::{Deserialize, Serialize};

use crate::alias::AliasState;
use crate::plan::{Plan, PlanKind, ShiftStyle, Step};
use crate::route::step_queue;
use crate::time::span_text;

/// A plan as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// What is moved: `function:alias`.
    pub alias: String,
    /// From this version.
    pub current_version: String,
    /// To this version.
    pub target_version: String,
    /// One line on how.
    pub summary: String,
    /// What the plan's waits were divided by.
    pub speed: u32,
    /// Milliseconds from the start to the end if every hook answers at once.
    pub shortest_ms: u64,
    /// Milliseconds from the start to the end if every hook takes all its time.
    pub longest_ms: u64,
    /// The steps.
    pub entries: Vec<TimelineEntry>,
}

/// One step of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// Its place in the plan.
    pub step: u16,
    /// Milliseconds after the start, if every hook answers at once.
    pub offset_ms: u64,
    /// What happens.
    pub text: String,
    /// The queue whose function does it.
    pub queue: String,
    /// The share of the target from here on, in percent.
    pub percent: u8,
    /// How long the step may take: a wait's span, a hook's limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span_ms: Option<u64>,
}

/// The timeline of a plan.
pub fn timeline(plan: &Plan) -> Timeline {
    let (mut offset_ms, mut hooks_ms, mut percent) = (0, 0, 0);
    let mut entries = Vec::with_capacity(plan.steps.len());
    for (i, step) in plan.steps.iter().enumerate() {
        let span_ms = match step {
            Step::Bake { span_ms } => Some(*span_ms),
            Step::Hook { timeout_ms, .. } => Some(*timeout_ms),
            _ => None,
        };
        if let Step::Shift { percent: share } = step {
            percent = *share;
        }
        entries.push(TimelineEntry {
            step: i as u16,
            offset_ms,
            text: step_text(plan, step),
            queue: step_queue(plan, step).as_str().to_owned(),
            percent,
            span_ms,
        });
        match step {
            Step::Bake { span_ms } => offset_ms += span_ms,
            Step::Hook { timeout_ms, .. } => hooks_ms += timeout_ms,
            _ => {}
        }
    }
    Timeline {
        alias: plan.shift.alias.to_string(),
        current_version: plan.shift.current.clone(),
        target_version: plan.shift.target.clone(),
        summary: summary(plan),
        speed: plan.speed,
        shortest_ms: offset_ms,
        longest_ms: offset_ms + hooks_ms,
        entries,
    }
}

/// A step in words.
pub fn step_text(plan: &Plan, step: &Step) -> String {
    let shift = &plan.shift;
    match step {
        Step::ResolveTargets => {
            format!("look at {}: it must be at {}", shift.alias, AliasState::whole(&shift.current))
        }
        Step::CheckAlarms => format!("read the alarms {}", plan.alarms.names.join(", ")),
        Step::Hook { event, function, timeout_ms, .. } => {
            format!(
                "invoke the {} hook {function}; it has {} to answer",
                event.as_str(),
                span_text(*timeout_ms)
            )
        }
        Step::Shift { percent: 100 } => format!("give version {} all the traffic", shift.target),
        Step::Shift { percent } => format!("give version {} {percent} % of the traffic", shift.target),
        Step::Bake { span_ms } => format!("let it stand for {}", span_text(*span_ms)),
        Step::Fail { code, message } => format!("fail with {}: {message}", code.as_str()),
        Step::ResolveFleet => format!("look up the hosts of {}", plan.group.group),
        Step::LookAtProcesses => {
            format!("look which processes of {} are suspended already", scaled(plan))
        }
        Step::SuspendProcesses => {
            let processes = plan.fleet.as_ref().map(|fleet| fleet.suspend.join(", ")).unwrap_or_default();
            format!("suspend {processes} of {} until the deployment is over", scaled(plan))
        }
        Step::RunFleet => format!("roll the revision out over the hosts of {}", plan.group.group),
        Step::LookAgain => "look for hosts that were launched meanwhile".to_owned(),
        Step::Verify => {
            format!("read {} back: it must be at {}", shift.alias, AliasState::whole(&shift.target))
        }
    }
}

/// The Auto Scaling groups of which processes are suspended.
fn scaled(plan: &Plan) -> String {
    plan.fleet.as_ref().map(|fleet| fleet.suspended_groups().join(", ")).unwrap_or_default()
}

fn summary(plan: &Plan) -> String {
    let shares: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|s| if let Step::Shift { percent } = s { Some(format!("{percent} %")) } else { None })
        .collect();
    let how = match (&plan.kind, plan.style) {
        (PlanKind::Rollback { of }, _) => {
            return match plan.fleet {
                Some(_) => format!("rollback of {of}: the last successful revision is deployed again"),
                None => format!("rollback of {of}: the traffic is back, this verifies it"),
            };
        }
        (PlanKind::FollowUp { root, .. }, _) => {
            return format!("for hosts that were launched during {root}: the same revision");
        }
        _ if plan.fleet.is_some() => return "rolled out over a fleet of hosts".to_owned(),
        _ if plan.moves().is_none() => return "nothing can be deployed".to_owned(),
        (_, ShiftStyle::Canary) => "canary",
        (_, ShiftStyle::Linear) => "linear",
        (_, ShiftStyle::AllAtOnce) => "all at once",
    };
    format!("{how}: {}", shares.join(", "))
}
