//! The second scene: the new version fails, its alarm goes off, the traffic comes back.

use cutover_core::mark::{Mark, MarkKind};
use serde_json::json;

use crate::demo::play::{Scene, alias, title};
use crate::demo::stage::{ALARM, ALIAS, FUNCTION, HOOKS, Stage};
use crate::demo::traffic::Traffic;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::clock;

/// Half an hour: what an alarm does not wait for.
const CONFIG: &str = "CodeDeployDefault.LambdaCanary10Percent30Minutes";
/// Calls after the rollback.
const CALLS: u32 = 50;

/// Plays it.
pub(crate) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    title(stage, "(b) A canary whose new version fails: the alarm goes off, the traffic comes back");
    let bad = stage.publish_bad().await?;
    stage.guard(&bad).await?;
    stage.screen.line(&format!("Version {bad} fails every call; {ALARM} is computed from its real calls."));
    let scene = Scene::begin(stage, "2", &bad, Some(CONFIG)).await?;
    let mut traffic = Traffic::default();
    let mut progress = scene.progress(stage);
    let ended = scene.end(stage, &mut progress, &mut traffic).await?;
    progress.last(&ended);
    drop(progress);
    let log = stage.api.marks(&scene.id).await?;
    let at = alias(stage).await?;
    let after = stage.api.invoke(FUNCTION, Some(ALIAS), &json!({}), CALLS).await?;
    let hooks = HOOKS.map(|(event, _)| stage.calls(event, &scene.id));
    let state = stage.api.alarms().await?.into_iter().find(|a| a.name == ALARM).map(|a| a.state);
    let error = ended.info.error_information.clone().unwrap_or_default();
    let claims = &mut stage.claims;
    let failed = traffic.of(&bad).1;
    claims.holds(format!("{failed} real calls of version {bad} failed"), failed > 0, traffic.words());
    claims.equal(format!("the alarm {ALARM} is red"), state.as_deref(), Some("ALARM"));
    claims.equal("the deployment was Stopped", ended.info.status.as_str(), "Stopped");
    claims.holds(
        format!("and says why: {}, naming the alarm", error.code),
        error.code == "ALARM_ACTIVE" && error.message.contains(ALARM),
        error.message,
    );
    claims.equal("its rollback deployment Succeeded", ended.exit(), Exit::RolledBack);
    claims.equal("the alias is back at version 2, without weights", at, ("2".to_owned(), 0));
    let good = after.iter().filter(|r| r.version == "2" && r.error.is_none()).count();
    claims.equal(format!("{CALLS} more calls: version 2 answers all of them"), good, CALLS as usize);
    claims.equal("10 % was set once, 100 % never", scene.levels(&log), vec![(10, 1), (100, 0)]);
    claims.equal("the hook before was called once, the one after never", hooks, [1, 0]);
    let restored = restored(&log);
    claims.holds(
        format!(
            "from the alarm to the traffic back: {}",
            restored.map_or_else(|| "?".to_owned(), clock::span)
        ),
        restored.is_some_and(|ms| ms < 5_000),
        format!("{restored:?} ms"),
    );
    Ok(())
}

/// Milliseconds from the alarm to the traffic restored.
fn restored(log: &[Mark]) -> Option<u64> {
    let at = |kind| log.iter().find(|m| m.kind == kind).map(|m| m.at);
    let red = at(MarkKind::AlarmActive).or_else(|| at(MarkKind::Ending))?;
    Some(at(MarkKind::Undone)?.ms_since(red))
}
