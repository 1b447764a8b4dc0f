//! The third scene: the service is killed in the middle of a canary and started again.

use std::time::Duration;

use tokio::time::Instant;

use crate::demo::play::{Scene, alias, title};
use crate::demo::stage::{HOOKS, Stage};
use crate::demo::traffic::Traffic;
use crate::failure::Failure;
use crate::view::clock;

/// Ten minutes between the two shares: time enough to die in.
const CONFIG: &str = "CodeDeployDefault.LambdaCanary10Percent10Minutes";

/// Plays it.
pub(crate) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    title(stage, "(c) The service is killed in the middle of a canary");
    let new = stage.publish_good().await?;
    stage.guard(&new).await?;
    let scene = Scene::begin(stage, "2", &new, Some(CONFIG)).await?;
    let mut traffic = Traffic::default();
    let mut progress = scene.progress(stage);
    scene.middle(stage, &mut progress, &mut traffic).await?;
    let told = progress.told();
    stage.screen.clear();
    let (died, died_at, killed) = (stage.service.process, clock::now(), Instant::now());
    let by_kill = stage.service.kill().await?;
    let silent = stage.api.deployment(&scene.id).await.is_err_and(|failure| failure.may_pass());
    let style = stage.out.style;
    let line = format!("SIGKILL: process {died} is dead, with 10 % of the traffic on version {new}.");
    stage.screen.line(&style.red(&line));
    tokio::time::sleep(Duration::from_millis(scene.timeline.shortest_ms / 6)).await;
    stage.restart().await?;
    let born_at = clock::now();
    let away = clock::span(killed.elapsed().as_millis() as u64);
    let line = format!("Started again as process {} on the same store, after {away}.", stage.service.process);
    stage.screen.line(&style.green(&line));
    let mut progress = scene.progress(stage).after(told);
    let ended = scene.end(stage, &mut progress, &mut traffic).await?;
    drop(progress);
    let log = stage.api.marks(&scene.id).await?;
    let at = alias(stage).await?;
    let hooks = HOOKS.map(|(event, _)| stage.calls(event, &scene.id));
    let (waited, demanded) = scene.waited(&log);
    let shifted = scene.shifted_at(&log);
    let claims = &mut stage.claims;
    claims.holds(
        "the service died of SIGKILL, and nothing answered",
        by_kill && silent,
        format!("killed: {by_kill}, silent: {silent}"),
    );
    claims.holds(
        "that was between the two shares: 10 % before it died, the rest by the one that came after",
        shifted.is_some_and(|(first, last)| first <= died_at && died_at < last),
        format!("{shifted:?}, dead from {died_at:?} to {born_at:?}"),
    );
    claims.equal("the deployment Succeeded", ended.info.status.as_str(), "Succeeded");
    claims.equal(format!("the alias is at version {new}, without weights"), at, (new, 0));
    claims.equal("each share was set once, crash or not", scene.levels(&log), vec![(10, 1), (100, 1)]);
    claims.equal("each hook was called once, crash or not", hooks, [1, 1]);
    let claim =
        format!("the wait was {}, not cut short ({} planned)", clock::span(waited), clock::span(demanded));
    claims.holds(claim, waited >= demanded && demanded > 0, format!("{waited} ms"));
    Ok(())
}
