//! What the scenes have in common: a deployment, watched to its end, and read back.

use std::time::Duration;

use tokio::time::Instant;

use cutover_core::mark::{Mark, MarkKind};
use cutover_core::timeline::Timeline;

use crate::command::revision::{app_spec, create};
use crate::demo::stage::{ALIAS, APPLICATION, FUNCTION, GROUP, HOOKS, Stage};
use crate::demo::traffic::Traffic;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
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
    /// Deploys a version of the function to its alias, with both hooks.
    pub(crate) async fn begin(
        stage: &Stage<'_>,
        from: &str,
        to: &str,
        with_plan: bool,
    ) -> Result<Self, Failure> {
        let hooks = HOOKS.map(|(_, function)| Some(function));
        let content = app_spec(FUNCTION, ALIAS, from, to, hooks).to_string();
        let input = create(APPLICATION, GROUP, content);
        let timeline = stage.api.plan(&input).await?;
        if with_plan {
            lines(stage.out.style, &timeline).iter().for_each(|line| stage.screen.line(line));
        }
        stage.screen.line(&stage.out.style.dim(&command_line(to)));
        let id = stage.api.create_deployment(&input).await?;
        let deadline = Instant::now() + SLACK + Duration::from_millis(timeline.shortest_ms * 2);
        stage.screen.line(&format!("Deployment {id} begins: version {from} → {to}."));
        Ok(Self { id, timeline, deadline })
    }

    /// A view of it, for as long as a scene likes.
    pub(crate) fn progress<'s>(&self, stage: &'s Stage<'_>) -> Progress<'s> {
        let screen = stage.screen.clone();
        Progress::on(screen, &stage.api, stage.out, &self.id, Some(self.timeline.clone()))
    }

    /// Shows it until it is as wanted, with calls through the alias all the while.
    pub(crate) async fn until(
        &self,
        stage: &Stage<'_>,
        progress: &mut Progress<'_>,
        traffic: &mut Traffic,
        wanted: impl Fn(&Snapshot) -> bool,
    ) -> Result<Snapshot, Failure> {
        let seen = tokio::select! {
            seen = progress.until(wanted, Some(self.deadline)) => seen?,
            never = traffic.flow(&stage.api, &stage.screen) => match never {},
        };
        stage.screen.note(None);
        seen.ok_or_else(|| Failure::told(format!("deployment {} did not get on in time", self.id)))
    }

    /// Shows it for a while.
    pub(crate) async fn show(
        &self,
        stage: &Stage<'_>,
        progress: &mut Progress<'_>,
        traffic: &mut Traffic,
        span: Duration,
    ) -> Result<(), Failure> {
        tokio::select! {
            seen = progress.until(|_| false, Some(Instant::now() + span)) => seen.map(|_| ()),
            never = traffic.flow(&stage.api, &stage.screen) => match never {},
        }
    }

    /// Shows it until it is over.
    pub(crate) async fn end(
        &self,
        stage: &Stage<'_>,
        progress: &mut Progress<'_>,
        traffic: &mut Traffic,
    ) -> Result<Snapshot, Failure> {
        let ended = self.until(stage, progress, traffic, |s| s.exit() != Exit::Running).await?;
        stage.screen.clear();
        stage.screen.line(&format!("{}; read back:", upper(&traffic.words())));
        Ok(ended)
    }

    /// How often the log says that each share of the traffic was set: (percent, times).
    pub(crate) fn levels(&self, log: &[Mark]) -> Vec<(u8, usize)> {
        let times = |step: u16| log.iter().filter(|m| m.kind == MarkKind::StepDone && m.step == step).count();
        shifts(&self.timeline).into_iter().map(|(step, percent)| (percent, times(step))).collect()
    }

    /// Milliseconds from the first shift to the last, and how many the plan demands.
    pub(crate) fn waited(&self, log: &[Mark]) -> (u64, u64) {
        let at =
            |step: u16| log.iter().find(|m| m.kind == MarkKind::StepDone && m.step == step).map(|m| m.at);
        let shifts = shifts(&self.timeline);
        let offset =
            |step: u16| self.timeline.entries.iter().find(|e| e.step == step).map_or(0, |e| e.offset_ms);
        match (shifts.first(), shifts.last()) {
            (Some((first, _)), Some((last, _))) => {
                let waited = at(*first).zip(at(*last)).map_or(0, |(from, to)| to.ms_since(from));
                (waited, offset(*last) - offset(*first))
            }
            _ => (0, 0),
        }
    }
}

/// What one would type for the same.
fn command_line(to: &str) -> String {
    let [before, after] = HOOKS.map(|(_, function)| function);
    format!(
        "$ cutover deploy --application {APPLICATION} --group {GROUP} --function {FUNCTION} --alias {ALIAS} --to {to} \\\n\
         \x20   --before-hook {before} --after-hook {after} --watch"
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
