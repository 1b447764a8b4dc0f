//! A deployment as it stands: what `cutover status` prints and what is redrawn while somebody watches.

use serde_json::{Value, json};

use cutover_core::explain::Explanation;
use cutover_core::time::Timestamp;
use cutover_wire::api::deployment::DeploymentInfo;
use cutover_wire::api::target::{LambdaTarget, LifecycleEvent};

use crate::exit::Exit;
use crate::view::bar::bar;
use crate::view::clock;
use crate::view::explanation::{not_ours, when};
use crate::view::fleet::{self, Hosts};
use crate::view::style::Style;
use crate::view::table::columns;

/// What was read of a deployment, at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    /// The deployment.
    pub(crate) info: DeploymentInfo,
    /// The alias that it moves.
    pub(crate) target: Option<LambdaTarget>,
    /// The hosts that matter, where it is one to hosts.
    pub(crate) hosts: Option<Hosts>,
    /// Why it is where it is.
    pub(crate) explanation: Option<Explanation>,
    /// Its rollback deployment.
    pub(crate) rollback: Option<DeploymentInfo>,
}

impl Snapshot {
    /// A deployment of which only the id is known.
    pub(crate) fn unseen(id: &str) -> Self {
        let info = DeploymentInfo { deployment_id: id.to_owned(), ..DeploymentInfo::default() };
        Self { info, ..Self::default() }
    }

    /// How it ended, or that it has not.
    pub(crate) fn exit(&self) -> Exit {
        Exit::of(&self.info, self.rollback.as_ref())
    }

    /// For `--json`.
    pub(crate) fn to_json(&self) -> Value {
        let exit = self.exit();
        cutover_wire::api::without_nulls(json!({
            "deploymentId": self.info.deployment_id,
            "status": self.info.status,
            "outcome": exit.word(),
            "exitCode": exit as u8,
            "deployment": self.info,
            "target": self.target,
            "hosts": self.hosts.as_ref().map(|hosts| json!({ "atWork": hosts.at_work, "failed": hosts.failed })),
            "explanation": self.explanation,
            "rollback": self.rollback,
        }))
    }
}

/// The deployment, line by line.
pub(crate) fn lines(style: Style, snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
    let mut lines = vec![head(style, &snapshot.info, now)];
    // Between two versions there is no place for what somebody else did.
    let foreign = snapshot.explanation.as_ref().and_then(not_ours);
    lines.extend(foreign.map(|entry| format!("  {}", style.yellow(entry))));
    if let Some(target) = &snapshot.target {
        let function = &target.lambda_function_info;
        if foreign.is_none() {
            lines.push(format!(
                "  {}",
                bar(
                    style,
                    &function.current_version,
                    &function.target_version,
                    function.target_version_weight
                )
            ));
        }
        let rows: Vec<_> = target.lifecycle_events.iter().map(|event| event_row(style, event, now)).collect();
        lines.extend(columns(&rows).into_iter().map(|row| format!("  {row}")));
    }
    if let (Some(hosts), Some(overview)) = (&snapshot.hosts, &snapshot.info.deployment_overview) {
        lines.extend(fleet::lines(style, overview, hosts));
    }
    match (&snapshot.explanation, snapshot.info.complete_time) {
        (Some(explanation), None) => {
            lines.push(format!("  {}", explanation.now));
            if let Some(next) = &explanation.next {
                lines.push(format!("  {}{}", style.dim(next), style.dim(&when(explanation, now))));
            }
            lines.extend(explanation.why.iter().map(|why| format!("  {}", style.yellow(why))));
        }
        _ => lines.extend(ending(style, snapshot)),
    }
    lines
}

fn head(style: Style, info: &DeploymentInfo, now: Timestamp) -> String {
    let took = match (info.create_time, info.complete_time) {
        (Some(from), Some(to)) => format!("took {}", clock::span(to.0.ms_since(from.0))),
        (Some(from), None) => format!("for {}", clock::so_far(now.ms_since(from.0))),
        _ => String::new(),
    };
    format!(
        "{}  {} / {}  {}  {}",
        style.bold(&info.deployment_id),
        info.application_name,
        info.deployment_group_name,
        style.status(&info.status),
        style.dim(&took)
    )
    .trim_end()
    .to_owned()
}

fn event_row(style: Style, event: &LifecycleEvent, now: Timestamp) -> Vec<String> {
    let sign = match event.status.as_str() {
        "Succeeded" => style.green("✓"),
        "Failed" => style.red("✗"),
        "InProgress" => style.cyan("▸"),
        "Skipped" => style.yellow("-"),
        _ => style.dim("·"),
    };
    let took = match (event.start_time, event.end_time) {
        (Some(from), Some(to)) => clock::span(to.0.ms_since(from.0)),
        (Some(from), None) => format!("{} so far", clock::so_far(now.ms_since(from.0))),
        _ => String::new(),
    };
    vec![format!("{sign} {}", event.lifecycle_event_name), style.status(&event.status), style.dim(&took)]
}

fn ending(style: Style, snapshot: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(error) = &snapshot.info.error_information {
        lines.push(format!("  {} {}", style.red(&format!("{}:", error.code)), error.message));
    }
    let message = snapshot.info.rollback_info.as_ref().and_then(|r| r.rollback_message.as_ref());
    lines.extend(message.map(|message| format!("  {message}")));
    if let Some(rollback) = &snapshot.rollback {
        lines.push(format!("  rollback {}  {}", rollback.deployment_id, style.status(&rollback.status)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::explanation::tests::baking;
    use cutover_wire::api::deployment::{ErrorInformation, RollbackInfo};
    use cutover_wire::api::target::LambdaFunctionInfo;
    use cutover_wire::api::time::Time;

    fn at(secs: i64) -> Option<Time> {
        Some(Time(Timestamp::from_millis(secs * 1000)))
    }

    fn snapshot(status: &str) -> Snapshot {
        let event = |name: &str, status: &str, start_time, end_time| LifecycleEvent {
            lifecycle_event_name: name.into(),
            status: status.into(),
            start_time,
            end_time,
            ..LifecycleEvent::default()
        };
        Snapshot {
            info: DeploymentInfo {
                deployment_id: "d-1".into(),
                application_name: "app".into(),
                deployment_group_name: "group".into(),
                status: status.into(),
                create_time: at(100),
                ..DeploymentInfo::default()
            },
            target: Some(LambdaTarget {
                lifecycle_events: vec![
                    event("BeforeAllowTraffic", "Succeeded", at(101), at(102)),
                    event("AllowTraffic", "InProgress", at(102), None),
                    event("AfterAllowTraffic", "Pending", None, None),
                ],
                lambda_function_info: LambdaFunctionInfo {
                    current_version: "1".into(),
                    target_version: "2".into(),
                    target_version_weight: 0.1,
                    ..LambdaFunctionInfo::default()
                },
                ..LambdaTarget::default()
            }),
            hosts: None,
            explanation: Some(baking()),
            rollback: None,
        }
    }

    #[test]
    fn a_running_deployment_is_told() {
        let expected = "\
d-1  app / group  InProgress  for 5 s
  v1 ███████████████████████████░░░ v2  90 % | 10 %
  ✓ BeforeAllowTraffic  Succeeded   1 s
  ▸ AllowTraffic        InProgress  3 s so far
  · AfterAllowTraffic   Pending
  At step 4 of 7 the share of the traffic stands, for 4 min more.
  Then: give version 2 all the traffic. (in 2 min 20 s, at 00:04:05.000 UTC)";
        let lines = lines(Style::PLAIN, &snapshot("InProgress"), Timestamp::from_millis(105_000));
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn an_alias_that_somebody_else_moved_has_no_bar() {
        let mut snapshot = snapshot("Failed");
        let entry = "fn:live: somebody else put it at version 3 without weights; it is theirs";
        if let Some(explanation) = &mut snapshot.explanation {
            explanation.ledger = vec![entry.into()];
        }
        let lines = lines(Style::PLAIN, &snapshot, Timestamp::from_millis(105_000));
        assert_eq!(lines[1], format!("  {entry}"));
        assert!(!lines.concat().contains('█'), "{lines:?}");
    }

    #[test]
    fn a_rolled_back_one_gives_its_reason() {
        let mut snapshot = snapshot("Stopped");
        snapshot.target = None;
        snapshot.info.complete_time = at(107);
        snapshot.info.error_information =
            Some(ErrorInformation { code: "ALARM_ACTIVE".into(), message: "Red: a.".into() });
        snapshot.info.rollback_info =
            Some(RollbackInfo { rollback_message: Some("Rolling back.".into()), ..RollbackInfo::default() });
        snapshot.rollback = Some(DeploymentInfo {
            deployment_id: "d-2".into(),
            status: "Succeeded".into(),
            ..DeploymentInfo::default()
        });
        let expected = "\
d-1  app / group  Stopped  took 7 s
  ALARM_ACTIVE: Red: a.
  Rolling back.
  rollback d-2  Succeeded";
        assert_eq!(lines(Style::PLAIN, &snapshot, Timestamp::from_millis(0)).join("\n"), expected);
        assert_eq!(snapshot.to_json()["exitCode"], 4);
        assert_eq!(snapshot.to_json()["outcome"], "rolled back");
    }
}
