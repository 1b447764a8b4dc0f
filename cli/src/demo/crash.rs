//! The third scene: the service is killed in the middle of a canary and started again.

use std::time::Duration;

use tokio::time::Instant;

use cutover_core::mark::MarkKind;

use crate::api::Api;
use crate::demo::play::{Scene, alias, title};
use crate::demo::stage::{ALIAS, FUNCTION, HOOKS, Stage};
use crate::demo::traffic::Traffic;
use crate::failure::Failure;
use crate::view::clock;

/// Plays it.
pub(crate) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    title(stage, "(c) The service is killed in the middle of a canary");
    let new = stage.publish_good().await?;
    stage.guard(&new).await?;
    let scene = Scene::begin(stage, "2", &new, false).await?;
    let mut traffic = Traffic::default();
    let api = stage.api.clone();
    let third = Duration::from_millis(scene.timeline.shortest_ms / 3);
    let told = {
        let mut progress = scene.progress(stage);
        let moved = |weight: f64| weight > 0.0 && weight < 1.0;
        let wanted = |s: &crate::view::snapshot::Snapshot| {
            s.target.as_ref().is_some_and(|t| moved(t.lambda_function_info.target_version_weight))
        };
        scene.until(stage, &mut progress, &mut traffic, wanted).await?;
        stands(&api, &scene.id).await?;
        scene.show(stage, &mut progress, &mut traffic, third).await?;
        stage.screen.clear();
        progress.told()
    };
    let (died, killed) = (stage.service.process, Instant::now());
    let by_kill = stage.service.kill().await?;
    let silent = api.deployment(&scene.id).await.is_err_and(|failure| failure.may_pass());
    let style = stage.out.style;
    stage.screen.line(
        &style
            .red(&format!("SIGKILL: process {died} is dead while 10 % of the traffic is on version {new}.")),
    );
    tokio::time::sleep(third / 2).await;
    stage.restart().await?;
    let away = killed.elapsed().as_millis() as u64;
    let born = stage.service.process;
    stage.screen.line(
        &style.green(&format!(
            "Started again as process {born} on the same store, after {}.",
            clock::span(away)
        )),
    );
    let found = stage.api.function(FUNCTION).await?.aliases.remove(ALIAS).unwrap_or_default();
    let mut progress = scene.progress(stage).after(told);
    let ended = scene.end(stage, &mut progress, &mut traffic).await?;
    drop(progress);
    let log = stage.api.marks(&scene.id).await?;
    let at = alias(stage).await?;
    let hooks = HOOKS.map(|(event, _)| stage.calls(event, &scene.id));
    let (waited, demanded) = scene.waited(&log);
    let claims = &mut stage.claims;
    claims.holds(
        "the service died of SIGKILL, and nothing answered",
        by_kill && silent,
        format!("{by_kill} {silent}"),
    );
    let whole = found.version == new && found.weights.is_empty();
    claims.holds(
        "the store still knew the alias as it was: 10 % on the new version",
        found.weights.get(&new).is_some_and(|w| (w - 0.1).abs() < 1e-9) || (whole && away >= demanded),
        format!("{found:?}"),
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

/// Waits until the log says that the share stands: from then on nothing is under way.
async fn stands(api: &Api, id: &str) -> Result<(), Failure> {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if api.marks(id).await?.iter().any(|mark| mark.kind == MarkKind::Baking) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(Failure::told("the wait of the canary did not begin"))
}
