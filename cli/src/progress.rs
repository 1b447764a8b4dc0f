//! The live view of a deployment: shared by `deploy --watch`, `status --watch` and `demo`.

mod fetch;
mod screen;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use cutover_core::mark::{Mark, MarkKind};
use cutover_core::time::Timestamp;
use cutover_core::timeline::Timeline;

use crate::api::Api;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::view::snapshot::{Snapshot, lines};
use crate::view::{bar, clock, marks, timeline};

pub(crate) use fetch::{snapshot, timeline_of};
pub(crate) use screen::Screen;

/// How long a service that does not answer is waited for.
const SILENCE: Duration = Duration::from_secs(60);
/// How often the screen is drawn again.
const REDRAW: Duration = Duration::from_millis(200);

/// The marks that have been told: their place in the log, and how often they had happened.
pub(crate) type Told = BTreeMap<u32, u32>;

/// A deployment as it was seen last.
pub(crate) struct Watched {
    /// How it stands.
    pub(crate) snapshot: Snapshot,
    /// What was planned, if the service told it.
    pub(crate) timeline: Option<Timeline>,
    /// What happened.
    pub(crate) log: Vec<Mark>,
}

/// One deployment on the screen.
pub(crate) struct Progress<'a> {
    api: &'a Api,
    out: &'a Output,
    id: String,
    timeline: Option<Timeline>,
    screen: Screen,
    told: Told,
    created_at: Option<Timestamp>,
    seen: Option<Snapshot>,
    log: Vec<Mark>,
}

impl<'a> Progress<'a> {
    /// A deployment that is to be shown; with its timeline the steps have names.
    pub(crate) fn new(api: &'a Api, out: &'a Output, id: &str, timeline: Option<Timeline>) -> Self {
        Self::on(Screen::new(out), api, out, id, timeline)
    }

    /// Goes on where another view of the same deployment ended: what that told is not told again.
    pub(crate) fn after(mut self, told: Told) -> Self {
        self.told = told;
        self
    }

    /// What has been told so far.
    pub(crate) fn told(self) -> Told {
        self.told
    }

    /// The same on a screen that others write on, too.
    pub(crate) fn on(
        screen: Screen,
        api: &'a Api,
        out: &'a Output,
        id: &str,
        timeline: Option<Timeline>,
    ) -> Self {
        Self {
            api,
            out,
            id: id.to_owned(),
            timeline,
            screen,
            told: Told::new(),
            created_at: None,
            seen: None,
            log: Vec::new(),
        }
    }

    /// Shows it until it is over, the time has passed or the user stops watching. `fold` is called after the last step and
    /// before the end is told.
    pub(crate) async fn watch(
        mut self,
        timeout: Option<Duration>,
        fold: &dyn Fn(),
    ) -> Result<Watched, Failure> {
        if self.timeline.is_none() {
            self.timeline = timeline_of(self.api, &self.id).await;
        }
        if let Some(timeline) = self.timeline.as_ref().filter(|t| t.speed > 1 && !self.out.json) {
            self.screen.line(&self.out.style.yellow(&timeline::speed(timeline.speed)));
        }
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let ended = tokio::select! {
            ended = self.until(|s| s.exit() != Exit::Running, deadline) => Some(ended),
            _ = tokio::signal::ctrl_c() => None,
        };
        self.screen.clear();
        fold();
        let over = ended.transpose()?.flatten();
        if over.is_some() || self.out.json {
            // As it was seen last; what nobody has answered for yet is running, too.
            let seen = over.as_ref().or(self.seen.as_ref());
            self.last(seen.unwrap_or(&Snapshot::unseen(&self.id)));
        }
        if over.is_none() {
            let id = &self.id;
            self.out.remark(format!("The deployment goes on. See it again: cutover status {id} --watch"));
        }
        let snapshot = over.or(self.seen).unwrap_or_else(|| Snapshot::unseen(&self.id));
        Ok(Watched { snapshot, timeline: self.timeline, log: self.log })
    }

    /// Shows it until it is as wanted; nothing if the deadline passes before.
    pub(crate) async fn until(
        &mut self,
        wanted: impl Fn(&Snapshot) -> bool,
        deadline: Option<Instant>,
    ) -> Result<Option<Snapshot>, Failure> {
        let mut heard = Instant::now();
        loop {
            let pause = match fetch::both(self.api, &self.id).await {
                Ok((snapshot, log)) => {
                    heard = Instant::now();
                    self.screen.trouble(None);
                    self.news(&snapshot, &log);
                    self.log = log;
                    if wanted(&snapshot) {
                        return Ok(Some(snapshot));
                    }
                    self.draw(&snapshot);
                    let pause = fetch::pause(&snapshot, clock::now());
                    self.seen = Some(snapshot);
                    pause
                }
                Err(failure) if failure.may_pass() && heard.elapsed() < SILENCE => {
                    let trouble = format!("waiting for the service: {failure}");
                    self.screen.trouble(Some(self.out.style.yellow(&trouble)));
                    REDRAW
                }
                Err(failure) => return Err(failure),
            };
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(None);
            }
            let next = Instant::now() + pause;
            self.redraw_until(deadline.map_or(next, |deadline| deadline.min(next))).await;
        }
    }

    /// The panel as it stands at the end.
    pub(crate) fn last(&self, snapshot: &Snapshot) {
        if self.out.json && !self.screen.to_stderr {
            return self.out.json_line(&snapshot.to_json());
        }
        for line in lines(self.out.style, snapshot, clock::now()) {
            self.screen.line(&line);
        }
    }

    /// A line for everything that happened since the last time.
    fn news(&mut self, snapshot: &Snapshot, log: &[Mark]) {
        self.created_at = snapshot.info.create_time.map(|at| at.0);
        for (place, mark) in log.iter().enumerate() {
            let before = &log[..place];
            if self.told.insert(mark.seq, mark.count) == Some(mark.count) {
                continue;
            }
            if self.out.json && !self.screen.to_stderr {
                let text = marks::text(mark, before, self.timeline.as_ref());
                self.out.json_line(
                    &json!({ "deploymentId": self.id, "mark": marks::to_json(mark), "text": text }),
                );
            } else if let Some(news) = marks::news(mark, before, self.timeline.as_ref()) {
                self.screen.line(&self.line_of(mark, &news));
            }
        }
    }

    fn line_of(&self, mark: &Mark, sentence: &str) -> String {
        let style = self.out.style;
        let since = self.created_at.map_or(0, |created| mark.at.ms_since(created));
        let offset = format!("+{:.1}s", since as f64 / 1000.0);
        let drawn = self.share_after(mark).map_or_else(String::new, |share| {
            let timeline = self.timeline.as_ref();
            timeline.map_or_else(String::new, |t| {
                format!("  {}", bar::bar(style, &t.current_version, &t.target_version, share))
            })
        });
        let offset = style.dim(&format!("{offset:>8}"));
        format!("{offset}  {}{drawn}", marks::colored(style, mark, sentence))
    }

    /// The share of the target after a mark that changed it.
    fn share_after(&self, mark: &Mark) -> Option<f64> {
        match mark.kind {
            MarkKind::Undone => Some(0.0),
            MarkKind::StepDone => {
                let shifts = timeline::shifts(self.timeline.as_ref()?);
                let (_, percent) = shifts.into_iter().find(|(step, _)| *step == mark.step)?;
                Some(f64::from(percent) / 100.0)
            }
            _ => None,
        }
    }

    fn draw(&mut self, snapshot: &Snapshot) {
        if self.screen.is_live() {
            self.screen.keep(self.out.style, snapshot.clone());
        }
    }

    async fn redraw_until(&mut self, next: Instant) {
        while Instant::now() < next {
            self.screen.redraw(clock::now());
            let pause = REDRAW.min(next.saturating_duration_since(Instant::now()));
            tokio::time::sleep(pause).await;
        }
    }
}
