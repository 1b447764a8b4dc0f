//! Whether a plan says what its setup asks for: the rule, written a second time.

use cutover_core::config::TrafficRouting;
use cutover_core::plan::{Plan, PlanKind, Step};

use crate::setup::Setup;

/// What is wrong with a new deployment's plan.
pub(super) fn wrong(setup: &Setup, plan: &Plan) -> Option<(&'static str, String)> {
    let found: Vec<String> = plan.steps.iter().map(words).collect();
    let wanted = match plan.kind {
        PlanKind::Forward
            if plan.moves().is_none() && plan.fleet.is_none() && !setup.unworkable.is_empty() =>
        {
            vec!["fail".to_owned()]
        }
        PlanKind::Forward if setup.fleet.is_some() => fleet(setup, !setup.alarms.is_empty()),
        PlanKind::Rollback { .. } | PlanKind::FollowUp { .. } if setup.fleet.is_some() => fleet(setup, false),
        PlanKind::Forward => forward(setup),
        PlanKind::Rollback { .. } | PlanKind::FollowUp { .. } => vec!["verify".to_owned()],
    };
    (found != wanted).then(|| ("I6", format!("is planned as {found:?}, not as {wanted:?}")))
}

/// The hosts are looked up; the alarms are read before anything is touched; processes of Auto Scaling groups are looked
/// at before they are suspended; launched hosts are looked for at the end.
fn fleet(setup: &Setup, alarms: bool) -> Vec<String> {
    let mut steps = vec!["hosts"];
    if alarms {
        steps.push("alarms");
    }
    if setup.fleet.as_ref().is_some_and(|fleet| fleet.scaling_groups > 0 && !fleet.suspend.is_empty()) {
        steps.extend(["processes", "suspend"]);
    }
    steps.push("fleet");
    if setup.fleet.as_ref().is_some_and(|fleet| fleet.scaling_groups > 0 && fleet.update_launched) {
        steps.push("again");
    }
    steps.into_iter().map(str::to_owned).collect()
}

/// The alias is looked at; then the first hook, the shares with a wait in between, the second hook; the alarms are
/// read before the first hook, right before each share and at the end; last of all the alias is read back.
fn forward(setup: &Setup) -> Vec<String> {
    let alarms = || (!setup.alarms.is_empty()).then(|| "alarms".to_owned());
    let (shares, minutes): (Vec<u32>, u32) = match setup.routing {
        TrafficRouting::AllAtOnce => (vec![100], 0),
        TrafficRouting::TimeBasedCanary { percentage, interval_mins } => {
            (vec![u32::from(percentage), 100], interval_mins)
        }
        TrafficRouting::TimeBasedLinear { percentage, interval_mins } => {
            let each = u32::from(percentage);
            let mut shares: Vec<u32> = (1..).map(|n| n * each).take_while(|share| *share < 100).collect();
            shares.push(100);
            (shares, interval_mins)
        }
    };
    let mut steps = vec!["resolve".to_owned()];
    if setup.before.is_some() {
        steps.extend(alarms());
        steps.push(format!("hook {}", setup.cast.before_hook));
    }
    for (n, share) in shares.iter().enumerate() {
        if n > 0 {
            steps.push(format!("wait {}", u64::from(minutes) * 60_000 / u64::from(setup.speed)));
        }
        steps.extend(alarms());
        steps.push(format!("share {share}"));
    }
    if setup.after.is_some() {
        steps.push(format!("hook {}", setup.cast.after_hook));
    }
    steps.extend(alarms());
    steps.push("verify".to_owned());
    steps
}

fn words(step: &Step) -> String {
    match step {
        Step::ResolveTargets => "resolve".to_owned(),
        Step::CheckAlarms => "alarms".to_owned(),
        Step::Hook { function, .. } => format!("hook {function}"),
        Step::Shift { percent } => format!("share {percent}"),
        Step::Bake { span_ms } => format!("wait {span_ms}"),
        Step::Verify => "verify".to_owned(),
        Step::ResolveFleet => "hosts".to_owned(),
        Step::LookAtProcesses => "processes".to_owned(),
        Step::SuspendProcesses => "suspend".to_owned(),
        Step::RunFleet => "fleet".to_owned(),
        Step::LookAgain => "again".to_owned(),
        Step::Fail { .. } => "fail".to_owned(),
    }
}
