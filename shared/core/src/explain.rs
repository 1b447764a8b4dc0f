//! Why a deployment is where it is, what happens next and when: from stored state alone.

use serde::{Deserialize, Serialize};

use crate::deployment::{Deployment, Phase};
use crate::ledger::Fate;
use crate::mark::MarkKind;
use crate::plan::{Plan, PlanKind, Step};
use crate::rollback;
use crate::route::route;
use crate::scaling::Stand;
use crate::time::{Timestamp, span_text};
use crate::timeline::step_text;
use crate::view;

/// An explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The deployment's status as the API spells it.
    pub status: String,
    /// Where it is, in a sentence.
    pub now: String,
    /// Why it is there.
    pub why: Vec<String>,
    /// What happens next; absent once over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// When, in epoch seconds; absent once over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<f64>,
    /// What was changed outside and what becomes of it.
    pub ledger: Vec<String>,
    /// The function that drives it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The share of the target version, 0.0..=1.0; absent where nothing is shifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_weight: Option<f64>,
    /// Whether it is undoing something: only then may it be abandoned.
    #[serde(default)]
    pub undoing: bool,
    /// What a person can do about it.
    pub advice: Vec<String>,
}

/// Explains a deployment.
pub fn explain(plan: &Plan, state: &Deployment, quarantined: bool, now: Timestamp) -> Explanation {
    let over = state.verdict().is_some();
    Explanation {
        status: view::status(state).to_owned(),
        now: place(plan, state, now),
        why: reasons(plan, state),
        next: next(plan, state),
        next_at: state.wake_at.map(Timestamp::as_secs_f64),
        ledger: changed(plan, state),
        queue: (!over).then(|| route(plan, state).as_str().to_owned()),
        target_weight: plan.moves().map(|shift| view::target_weight(state, &shift.target)),
        undoing: !over && state.unsettled(plan),
        advice: advice(plan, state, quarantined, now),
    }
}

fn place(plan: &Plan, state: &Deployment, now: Timestamp) -> String {
    let step = plan.step(state.cursor).map(|s| step_text(plan, s));
    let place =
        format!("step {} of {}", (usize::from(state.cursor) + 1).min(plan.steps.len()), plan.steps.len());
    let left = |until: Timestamp| span_text(until.ms_since(now).div_ceil(1000) * 1000);
    match (&state.phase, &state.ending, step) {
        (Phase::Done { verdict }, ..) => format!("It is over: {}.", verdict.as_str()),
        (Phase::Closing { verdict }, ..) => {
            format!("Everything outside is settled; it is about to end as {}.", verdict.as_str())
        }
        (Phase::Watching { .. }, Some(_), _) => {
            "Nothing more begins; hosts that have begun come to their end.".to_owned()
        }
        (Phase::Watching { .. }, None, _) => {
            let fleet = state.fleet.clone().unwrap_or_default();
            format!("At {place} {} hosts are deployed to; {} must stay healthy.", fleet.hosts, fleet.minimum)
        }
        (Phase::Acting { lease_until, .. }, Some(_), _) => {
            format!("A worker is undoing what it did; its claim lasts {}.", left(*lease_until))
        }
        (_, Some(_), _) if state.tries > 0 => {
            format!("It keeps trying to undo what it did; {} tries so far.", state.tries)
        }
        (_, Some(_), _) => "It is about to undo what it did.".to_owned(),
        (Phase::Ready, None, Some(_)) if state.resumes(plan) && state.tries > 0 => {
            format!(
                "It has rolled out; it keeps trying to resume what it suspended, {} tries so far.",
                state.tries
            )
        }
        (Phase::Ready | Phase::Acting { .. }, None, Some(_)) if state.resumes(plan) => {
            "It has rolled out; what it suspended is being resumed.".to_owned()
        }
        (Phase::Acting { lease_until, .. }, None, Some(step)) => {
            format!("At {place} a worker is about to {step}; its claim lasts {}.", left(*lease_until))
        }
        (Phase::Awaiting { until }, None, _) => {
            format!("At {place} it waits for the hook's answer, for {} more.", left(*until))
        }
        (Phase::Baking { until }, None, _) => {
            format!("At {place} the share of the traffic stands, for {} more.", left(*until))
        }
        (Phase::Ready, None, Some(step)) if state.tries > 0 => {
            format!("At {place} it tries again to {step}; {} tries so far.", state.tries)
        }
        (_, None, Some(step)) => format!("At {place} it is about to {step}."),
        (_, None, None) if state.tries > 0 => {
            format!(
                "All steps are done; it keeps trying to resume what it suspended, {} tries so far.",
                state.tries
            )
        }
        (_, None, None) if state.unsettled(plan) => {
            "All steps are done; what it suspended is being resumed.".to_owned()
        }
        (_, None, None) => "All steps are done.".to_owned(),
    }
}

fn reasons(plan: &Plan, state: &Deployment) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(ending) = state.ending.as_ref().or(state.signals.end.as_ref()) {
        reasons.push(format!("{}: {}", ending.code.as_str(), ending.message));
    }
    if let Some(last) = state.marks.last().filter(|m| m.kind == MarkKind::Retried)
        && let Some(detail) = &last.detail
    {
        reasons.push(format!("The last try failed: {detail}"));
    }
    if state.verdict().is_some() && rollback::wanted(plan, state) {
        reasons.push(rollback::victim_message(plan.deployment.as_str(), plan.rollback_id.as_str()));
    }
    if let PlanKind::FollowUp { root, .. } = &plan.kind {
        reasons.push(format!("Hosts were launched while {root} or a follow-up of it was deployed."));
    }
    reasons
}

fn next(plan: &Plan, state: &Deployment) -> Option<String> {
    Some(match (&state.phase, &state.ending) {
        (Phase::Done { .. }, _) => return None,
        (Phase::Closing { .. }, _) if rollback::wanted(plan, state) => {
            format!("The group is handed to the rollback deployment {}.", plan.rollback_id)
        }
        (Phase::Closing { .. }, _) if launched(state) => {
            "Hosts that were launched meanwhile get the revision by another deployment.".to_owned()
        }
        (Phase::Closing { .. }, _) => "The group is released.".to_owned(),
        (Phase::Acting { .. }, _) if state.signals.end.is_some() => {
            "Once the act is over, everything is undone.".to_owned()
        }
        (Phase::Acting { .. }, _) => {
            "If the worker does not come back in time, another takes over.".to_owned()
        }
        (_, Some(_)) => match state.to_undo().map(|i| &state.ledger[i]) {
            Some(entry) => format!("{} is put back to {}.", entry.resource, entry.before),
            None if state.fleet_open() => "It is over once no host is at work.".to_owned(),
            None if state.resumes(plan) => resuming(state),
            None => "It closes.".to_owned(),
        },
        _ if state.resumes(plan) => resuming(state),
        (Phase::Watching { .. }, None) => {
            "When the last host has reported, or too many have failed, it goes on.".to_owned()
        }
        (Phase::Awaiting { .. }, None) => {
            "When the hook answers it goes on; without an answer it fails.".to_owned()
        }
        (Phase::Ready | Phase::Baking { .. }, None) => {
            let cursor = state.cursor + u16::from(matches!(state.phase, Phase::Baking { .. }));
            match plan.step(cursor) {
                None if plan.fleet.is_some() => "It is over.".to_owned(),
                Some(Step::Verify) | None => "The alias is read back, then it is over.".to_owned(),
                Some(step) => format!("Then: {}.", step_text(plan, step)),
            }
        }
    })
}

/// Whether hosts were launched during the roll-out.
fn launched(state: &Deployment) -> bool {
    state.fleet.as_ref().is_some_and(|fleet| fleet.launched > 0)
}

fn resuming(state: &Deployment) -> String {
    let open = state.suspensions.iter().filter(|one| one.is_open()).map(|one| one.ours.to_string());
    format!("What it suspended is resumed ({}), then it is over.", open.collect::<Vec<_>>().join("; "))
}

/// What was changed outside and what becomes of it.
fn changed(plan: &Plan, state: &Deployment) -> Vec<String> {
    let aliases = state.ledger.iter().map(|e| format!("{}: {}", e.resource, fate(state, e)));
    aliases.chain(state.suspensions.iter().map(|one| one.told(state.is_leaving(plan)))).collect()
}

fn fate(state: &Deployment, entry: &crate::ledger::LedgerEntry) -> String {
    match &entry.fate {
        Fate::Open if state.ending.is_some() && entry.may_differ() => {
            format!("last seen at {}, being put back to {}", entry.confirmed, entry.before)
        }
        Fate::Open if !entry.may_differ() => format!("unchanged, at {}", entry.before),
        Fate::Open => format!("last seen at {}, was at {}", entry.confirmed, entry.before),
        Fate::Kept => format!("at {}", entry.confirmed),
        Fate::Undone => format!("back at {}", entry.before),
        Fate::Yielded { observed } => format!("somebody else put it at {observed}; it is theirs"),
        Fate::Gone => "it no longer exists".to_owned(),
        Fate::Abandoned => format!("abandoned; last seen at {}, was at {}", entry.confirmed, entry.before),
    }
}

/// How late a timer may be before it is worth a word.
const LATE_MS: u64 = 120_000;

fn advice(plan: &Plan, state: &Deployment, quarantined: bool, now: Timestamp) -> Vec<String> {
    let mut advice = Vec::new();
    if quarantined {
        advice.push(
            "It is quarantined: its timer was sent again ten times and nothing moved. See the dead-letter queue \
             and the function's log, then stop it or abandon it."
                .to_owned(),
        );
    } else if let Some(due) = state.wake_at
        && now.ms_since(due) > LATE_MS
    {
        advice.push(format!(
            "Its timer is {} overdue: are the functions (or the server) running? The sweep sends it again.",
            span_text(now.ms_since(due) / 1000 * 1000)
        ));
    }
    if state.tries > 3 && state.unsettled(plan) {
        advice.push(format!(
            "Undoing keeps failing. Mend the cause, or release the group and leave everything as it is: \
             cutover abandon {} --yes",
            state.id
        ));
    }
    for entry in state.ledger.iter().filter(|e| matches!(e.fate, Fate::Abandoned)) {
        advice.push(format!("Put {} back to {} by hand.", entry.resource, entry.before));
    }
    for one in state.suspensions.iter().filter(|one| one.stand == Stand::Abandoned) {
        advice.push(format!("Resume {} by hand, if they are suspended.", one.ours));
    }
    advice
}
