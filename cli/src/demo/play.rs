//! What the scenes have in common: a deployment, watched to its end, and read back.

use std::time::Duration;

use tokio::time::Instant;

use cutover_core::mark::{Mark, MarkKind};
use cutover_core::time::Timestamp;
use cutover_core::timeline::Timeline;

use crate::api::Api;
use crate::command::revision::{app_spec, create};
use crate::demo::stage::{ALIAS, APPLICATION, FUNCTION, GROUP, HOOKS, Stage};
use crate::demo::traffic::Traffic;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::view::clock;
use crate::view::snapshot::Snapshot;
use crate::view::timeline::{lines, shifts};

/// How long a deployment may take beside its waits.
const SLACK: Duration = Duration::from_secs(30);

/// A deployment under way.
pub(crate) struct Scene {
    /// Its id.
    pub(crate) id: String,
    /// Its plan, read before it began.
    pub(crate) timeline: Timeline,
    /// When it must be over.
    deadline: Instant,
}

impl Scene {
    /// Deploys a version of the function to its alias, with both hooks; `config` stands for the group's.
    pub(crate) async fn begin(
        stage: &Stage<'_>,
        from: &str,
        to: &str,
        config: Option<&str>,
    ) -> Result<Self, Failure> {
        let hooks = HOOKS.map(|(_, function)| Some(function));
        let content = app_spec(FUNCTION, ALIAS, from, to, hooks).to_string();
        let mut input = create(APPLICATION, GROUP, content);
        input.deployment_config_name = config.map(str::to_owned);
        let planned = stage.api.plan(&input).await?.timeline();
        let timeline = planned.ok_or_else(|| Failure::told("the service planned no shift"))?;
        let style = stage.out.style;
        stage.screen.line(&style.dim(&command_line(to, config)));
        if config.is_none() {
            lines(style, &timeline).iter().for_each(|line| stage.screen.line(line));
        }
        let id = stage.api.create_deployment(&input).await?;
        let deadline = Instant::now() + SLACK + Duration::from_millis(timeline.shortest_ms * 2);
        let wait = clock::span(timeline.shortest_ms);
        stage
            .screen
            .line(&format!("Deployment {id} begins: version {from} → {to}, 10 %, then {wait}, then all."));
        Ok(Self { id, timeline, deadline })
    }

    /// A view of it, for as long as a scene likes.
    pub(crate) fn progress<'s>(&self, stage: &'s Stage<'_>) -> Progress<'s> {
        let screen = stage.screen.clone();
        Progress::on(screen, &stage.api, stage.out, &self.id, Some(self.timeline.clone()))
    }

    /// Shows it, with calls through the alias, until a third of the wait between the two shares is over.
    pub(crate) async fn middle(
        &self,
        stage: &Stage<'_>,
        progress: &mut Progress<'_>,
        traffic: &mut Traffic,
    ) -> Result<(), Failure> {
        tokio::select! {
            reached = self.third(&stage.api) => reached,
            seen = progress.until(|_| false, Some(self.deadline)) => seen.and_then(|_| Err(self.late())),
            never = traffic.flow(&stage.api, &stage.screen) => match never {},
        }
    }

    async fn third(&self, api: &Api) -> Result<(), Failure> {
        loop {
            let log = api.marks(&self.id).await?;
            if let Some(baking) = log.iter().find(|mark| mark.kind == MarkKind::Baking) {
                let due = baking.at.plus_ms(self.timeline.shortest_ms / 3);
                tokio::time::sleep(Duration::from_millis(due.ms_since(clock::now()))).await;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn late(&self) -> Failure {
        Failure::told(format!("deployment {} did not get on in time", self.id))
    }

    /// Shows it, with calls through the alias, until it is over.
    pub(crate) async fn end(
        &self,
        stage: &Stage<'_>,
        progress: &mut Progress<'_>,
        traffic: &mut Traffic,
    ) -> Result<Snapshot, Failure> {
        let ended = tokio::select! {
            ended = progress.until(|s| s.exit() != Exit::Running, Some(self.deadline)) => ended?,
            never = traffic.flow(&stage.api, &stage.screen) => match never {},
        };
        stage.screen.clear();
        let ended = ended.ok_or_else(|| self.late())?;
        stage.screen.line(&format!("{}; read back:", upper(&traffic.words())));
        Ok(ended)
    }

    /// How often the log says that each share of the traffic was set: (percent, times).
    pub(crate) fn levels(&self, log: &[Mark]) -> Vec<(u8, usize)> {
        let times = |step: u16| log.iter().filter(|m| m.kind == MarkKind::StepDone && m.step == step).count();
        shifts(&self.timeline).into_iter().map(|(step, percent)| (percent, times(step))).collect()
    }

    /// When the first and the last share were set.
    pub(crate) fn shifted_at(&self, log: &[Mark]) -> Option<(Timestamp, Timestamp)> {
        let shifts = shifts(&self.timeline);
        let at = |step: u16| {
            log.iter().find(|mark| mark.kind == MarkKind::StepDone && mark.step == step).map(|mark| mark.at)
        };
        Some((at(shifts.first()?.0)?, at(shifts.last()?.0)?))
    }

    /// Milliseconds from the first shift to the last, and how many the plan demands.
    pub(crate) fn waited(&self, log: &[Mark]) -> (u64, u64) {
        let waited = self.shifted_at(log).map_or(0, |(first, last)| last.ms_since(first));
        (
            waited,
            self.timeline
                .entries
                .iter()
                .filter(|e| e.queue.ends_with("-shift"))
                .filter_map(|e| e.span_ms)
                .sum(),
        )
    }
}

/// What one would type for the same.
fn command_line(to: &str, config: Option<&str>) -> String {
    let [before, after] = HOOKS.map(|(_, function)| function);
    let config = config.map_or_else(String::new, |config| format!("--config {config} "));
    format!(
        "$ cutover deploy --application {APPLICATION} --group {GROUP} --function {FUNCTION} --alias {ALIAS} \\\n  \
         \x20 --to {to} --before-hook {before} --after-hook {after} {config}--watch"
    )
}

/// The alias as the service tells it: version, and how many weights it carries.
pub(crate) async fn alias(stage: &Stage<'_>) -> Result<(String, usize), Failure> {
    let details = stage.api.function(FUNCTION).await?;
    let at = details.aliases.get(ALIAS).cloned().unwrap_or_default();
    Ok((at.version, at.weights.len()))
}

fn upper(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The title of a scene.
pub(crate) fn title(stage: &Stage<'_>, words: &str) {
    stage.screen.line("");
    stage.screen.line(&stage.out.style.bold(words));
}
