//! The first scene: a canary with hooks that succeeds.

use crate::demo::play::{Scene, alias, title};
use crate::demo::stage::{HOOKS, Stage};
use crate::demo::traffic::Traffic;
use crate::failure::Failure;
use crate::view::clock;

/// Plays it.
pub(crate) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    title(stage, "(a) A canary: 10 % of the traffic, five minutes, then the rest");
    let new = stage.publish_good().await?;
    stage.guard(&new).await?;
    let scene = Scene::begin(stage, "1", &new, None).await?;
    let mut traffic = Traffic::default();
    let mut progress = scene.progress(stage);
    let ended = scene.end(stage, &mut progress, &mut traffic).await?;
    drop(progress);
    let log = stage.api.marks(&scene.id).await?;
    let alias = alias(stage).await?;
    let hooks = HOOKS.map(|(event, _)| stage.calls(event, &scene.id));
    let (waited, demanded) = scene.waited(&log);
    let claims = &mut stage.claims;
    claims.equal("the deployment Succeeded", ended.info.status.as_str(), "Succeeded");
    claims.equal("the alias is at version 2, without weights", alias, ("2".to_owned(), 0));
    claims.equal("each hook was called once and answered through the API", hooks, [1, 1]);
    claims.equal("each share was set once: 10 %, then 100 %", scene.levels(&log), vec![(10, 1), (100, 1)]);
    let claim =
        format!("between them it waited {}, as planned ({})", clock::span(waited), clock::span(demanded));
    claims.holds(claim, waited >= demanded && demanded > 0, format!("{waited} ms"));
    Ok(())
}
