//! The fourth scene: three hosts with real agents, a rolling deployment, and a bad revision that one of them stops.

use std::path::Path;
use std::time::Duration;

use cutover_core::time::Timestamp;
use cutover_wire::api::deployment::{CreateDeploymentInput, DeploymentOverview};
use cutover_wire::api::target::InstanceTarget;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::command::bundle;
use crate::demo::agents::Host;
use crate::demo::play::title;
use crate::demo::shop::{BAD, GOOD, SERVED, revision};
use crate::demo::stage::Stage;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::{Progress, timeline_of};
use crate::view::fleet::failed_event;
use crate::view::snapshot::Snapshot;

const APPLICATION: &str = "site";
const GROUP: &str = "web";
const HOSTS: [&str; 3] = ["web-1", "web-2", "web-3"];
const TAG: (&str, &str) = ("role", "web");
/// How long a deployment to them may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Plays it, with agents of that program.
pub(crate) async fn play(stage: &mut Stage<'_>, program: &Path) -> Result<(), Failure> {
    title(stage, "(d) Three hosts, one at a time; then a revision that does not work");
    let hosts = set_up(stage, program).await?;
    roll_out(stage, &hosts).await?;
    fail(stage, &hosts).await?;
    let mut stopped = 0;
    for host in hosts {
        stopped += usize::from(host.stop().await);
    }
    stage.claims.equal("the agents ended when they were asked to", stopped, HOSTS.len());
    Ok(())
}

async fn set_up(stage: &mut Stage<'_>, program: &Path) -> Result<Vec<Host>, Failure> {
    let create = json!({ "applicationName": APPLICATION, "computePlatform": "Server" });
    stage.api.codedeploy::<Value>("CreateApplication", &create).await?;
    stage.api.codedeploy::<Value>("CreateDeploymentGroup", &group()).await?;
    let (endpoint, folder) = (stage.service.endpoint.to_string(), stage.place("hosts"));
    let mut hosts = Vec::with_capacity(HOSTS.len());
    for name in HOSTS {
        hosts.push(Host::start(program, &stage.api, &endpoint, &folder, (name, TAG)).await?);
    }
    let processes: Vec<String> = hosts.iter().map(|host| host.process().to_string()).collect();
    let line = format!(
        "Three agents (processes {}), each with an identity and a root of its own; a group of hosts with role=web.",
        processes.join(", ")
    );
    stage.screen.line(&line);
    let enrolled: Vec<String> = stage.api.hosts().await?.into_iter().map(|host| host.instance_name).collect();
    stage.claims.equal("three hosts are enrolled", enrolled, HOSTS.map(str::to_owned).to_vec());
    Ok(hosts)
}

/// The revision that works, on all of them.
async fn roll_out(stage: &mut Stage<'_>, hosts: &[Host]) -> Result<(), Failure> {
    let ended = deploy(stage, "release-1", GOOD).await?;
    let targets = stage.api.hosts_of(&ended.info.deployment_id, &[], HOSTS.len()).await?;
    let claims = &mut stage.claims;
    claims.equal("the deployment Succeeded on three of three", counts(&ended), (3, 0, 0));
    let statuses = targets.iter().flat_map(|host| &host.lifecycle_events).map(|event| event.status.as_str());
    let statuses: Vec<&str> = statuses.collect();
    claims.holds(
        "all seven lifecycle events of each Succeeded",
        statuses.len() == 21 && statuses.iter().all(|status| *status == "Succeeded"),
        format!("{statuses:?}"),
    );
    let spans = spans(&targets);
    claims.holds(
        "one host at a time: each began when the one before it was done",
        spans.len() == HOSTS.len() && spans.windows(2).all(|two| two[0].1 <= two[1].0),
        format!("{spans:?}"),
    );
    claims.equal("each serves release 1, from its own root", serving(hosts, GOOD), HOSTS.len());
    Ok(())
}

/// The revision that does not work, and what became of it.
async fn fail(stage: &mut Stage<'_>, hosts: &[Host]) -> Result<(), Failure> {
    let ended = deploy(stage, "release-2", BAD).await?;
    let failed = stage.api.hosts_of(&ended.info.deployment_id, &["Failed"], HOSTS.len()).await?;
    let rollback = ended.rollback.clone().unwrap_or_default();
    let claims = &mut stage.claims;
    claims.equal("a revision that does not work stopped at the first host", counts(&ended), (0, 1, 2));
    let error = ended.info.error_information.clone().unwrap_or_default();
    claims.holds(
        format!("because enough must stay healthy: {}", error.code),
        ended.info.status == "Failed" && error.code == "HEALTH_CONSTRAINTS",
        error.message,
    );
    let found = failed.first().and_then(failed_event).cloned().unwrap_or_default();
    let diagnostics = found.diagnostics.unwrap_or_default();
    claims.holds(
        format!("its target says where and why: {}, {}", found.lifecycle_event_name, diagnostics.script_name),
        found.lifecycle_event_name == "ValidateService"
            && diagnostics.log_tail.contains("this is not the shop"),
        format!("{diagnostics:?}"),
    );
    claims.equal("its rollback deployment Succeeded", ended.exit(), Exit::RolledBack);
    let overview = rollback.deployment_overview.unwrap_or_default();
    claims.equal("on all three", overview.succeeded, 3);
    claims.equal("each serves release 1 again", serving(hosts, GOOD), HOSTS.len());
    Ok(())
}

/// Deploys the application with that heading and shows it to its end.
async fn deploy(stage: &Stage<'_>, name: &str, heading: &str) -> Result<Snapshot, Failure> {
    let folder = revision(&stage.place(name), heading)?;
    let input = CreateDeploymentInput {
        application_name: Some(APPLICATION.to_owned()),
        deployment_group_name: Some(GROUP.to_owned()),
        revision: Some(bundle::revision(&folder.display().to_string())?),
        ..CreateDeploymentInput::default()
    };
    let command =
        format!("$ cutover deploy --application {APPLICATION} --group {GROUP} --bundle ./{name} --watch");
    stage.screen.line(&stage.out.style.dim(&command));
    let id = stage.api.create_deployment(&input).await?;
    let timeline = timeline_of(&stage.api, &id).await;
    let mut progress = Progress::on(stage.screen.clone(), &stage.api, stage.out, &id, timeline);
    let ended = progress.until(|s| s.exit() != Exit::Running, Some(Instant::now() + PATIENCE)).await?;
    stage.screen.clear();
    let ended = ended.ok_or_else(|| Failure::told(format!("deployment {id} did not get on in time")))?;
    progress.last(&ended);
    Ok(ended)
}

/// How many hosts succeeded, failed and were not started.
fn counts(ended: &Snapshot) -> (i64, i64, i64) {
    let DeploymentOverview { succeeded, failed, skipped, .. } =
        ended.info.deployment_overview.clone().unwrap_or_default();
    (succeeded, failed, skipped)
}

/// How many hosts serve a page with that heading.
fn serving(hosts: &[Host], heading: &str) -> usize {
    hosts.iter().filter(|host| host.read(SERVED).contains(heading)).count()
}

/// From when to when each host was at work, in that order.
fn spans(targets: &[InstanceTarget]) -> Vec<(Timestamp, Timestamp)> {
    let span = |host: &InstanceTarget| {
        let begun = host.lifecycle_events.iter().filter_map(|event| event.start_time).map(|at| at.0).min();
        Some((begun?, host.lifecycle_events.iter().filter_map(|event| event.end_time).map(|at| at.0).max()?))
    };
    let mut spans: Vec<_> = targets.iter().filter_map(span).collect();
    spans.sort_unstable();
    spans
}

fn group() -> Value {
    let (key, value) = TAG;
    json!({
        "applicationName": APPLICATION,
        "deploymentGroupName": GROUP,
        "deploymentConfigName": "CodeDeployDefault.OneAtATime",
        "serviceRoleArn": "arn:aws:iam::123456789012:role/cutover-demo",
        "onPremisesInstanceTagFilters": [{ "Key": key, "Value": value, "Type": "KEY_AND_VALUE" }],
        "autoRollbackConfiguration": { "enabled": true, "events": ["DEPLOYMENT_FAILURE"] },
    })
}
