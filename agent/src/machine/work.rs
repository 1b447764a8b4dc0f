//! An order at work: event after event, each that does something in the journal before it begins.

use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{Diagnostics, EventResult, EventStatus, News};

use super::outbox::report;
use super::{Command, Machine, Now, Phase};
use crate::journal::Current;

/// A sign of life at least this often while an order runs.
const BEAT_MS: u64 = 30_000;
/// Between two reports that only tell of progress.
const PROGRESS_MS: u64 = 5_000;
/// More reports than can have been sent since the journal was last written.
const SEQ_AFTER_RESTART: u32 = 1_000;
/// The official agent's words.
const RESTARTED: &str = "Failing in-progress lifecycle event after an agent restart.";

/// What the journal does not need to know of an order at work.
#[derive(Debug)]
pub(super) struct Working {
    reported_at: u64,
    /// An event has ended that was not told yet.
    news: bool,
}

impl Working {
    pub(super) fn wake_at(&self) -> u64 {
        self.reported_at + if self.news { PROGRESS_MS } else { BEAT_MS }
    }
}

impl Machine {
    /// Whoever was here before was killed in the middle of an event.
    pub(super) fn start(&mut self, now: Now, commands: &mut Vec<Command>) {
        let Phase::Resting = self.phase else { return };
        let Some(current) = &mut self.journal.current else { return };
        current.seq = current.seq.saturating_add(SEQ_AFTER_RESTART);
        let order = &current.order;
        commands.push(Command::warn(format!(
            "The order {} of {} was at work when the agent ended: it fails.",
            order.id, order.deployment
        )));
        self.fail_event(7, RESTARTED, now, commands);
    }

    pub(super) fn begin(
        &mut self,
        order: Order,
        receipt: String,
        seq: u32,
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        self.journal.note(&order);
        let current = Current { order: order.clone(), events: Vec::new(), seq };
        self.journal.current = Some(current);
        self.phase = Phase::Working(Working { reported_at: now.ms, news: false });
        if order.work.events.is_empty() {
            self.finish(News::Succeeded, now, commands);
            commands.push(Command::Delete(receipt));
            return;
        }
        self.open_event(now);
        self.report(News::Accepted, now);
        let begin =
            [Command::Journal, Command::Delete(receipt), Command::Begin(Box::new(order)), Command::Run(0)];
        commands.extend(begin);
    }

    pub(super) fn event_ended(
        &mut self,
        (order, at): (&str, usize),
        (status, diagnostics): (EventStatus, Option<Diagnostics>),
        quiet_next: bool,
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        let Phase::Working(working) = &mut self.phase else { return };
        let Some(current) = &mut self.journal.current else { return };
        // Of an order or an event that is over by now.
        if current.order.id != order || current.events.len() != at + 1 {
            return;
        }
        let Some(event) = current.events.last_mut() else { return };
        (event.status, event.diagnostics, event.ended_at) = (status, diagnostics, Some(now.wall));
        if status == EventStatus::Failed {
            self.skip_the_rest(now);
            return self.finish(News::Failed, now, commands);
        }
        if at + 1 == current.order.work.events.len() {
            return self.finish(News::Succeeded, now, commands);
        }
        working.news = true;
        self.open_event(now);
        // An event at which nothing happens is not worth a wait for the disk: after a crash the one before it fails.
        if !quiet_next {
            commands.push(Command::Journal);
        }
        commands.push(Command::Run(at + 1));
    }

    pub(super) fn tick_working(&mut self, now: Now) {
        if let Phase::Working(working) = &mut self.phase
            && working.wake_at() <= now.ms
        {
            self.report(News::Beat, now);
        }
    }

    /// Ends the order at the event that is open, or at its first.
    pub(super) fn fail_event(
        &mut self,
        error_code: u8,
        message: &str,
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        let Some(current) = &mut self.journal.current else { return };
        if let Some(event) = current.events.last_mut() {
            let (script_name, log) = (String::new(), String::new());
            let diagnostics = Diagnostics { error_code, script_name, message: message.to_owned(), log };
            (event.status, event.diagnostics) = (EventStatus::Failed, Some(diagnostics));
            event.ended_at = Some(now.wall);
        }
        self.skip_the_rest(now);
        self.finish(News::Failed, now, commands);
    }

    fn open_event(&mut self, now: Now) {
        let Some(current) = &mut self.journal.current else { return };
        let Some(event) = current.order.work.events.get(current.events.len()).cloned() else { return };
        let status = EventStatus::InProgress;
        current.events.push(EventResult {
            event,
            status,
            started_at: now.wall,
            ended_at: None,
            diagnostics: None,
        });
    }

    fn skip_the_rest(&mut self, now: Now) {
        let Some(current) = &mut self.journal.current else { return };
        let begun = current.events.len();
        let rest = current.order.work.events.iter().skip(begun).map(|event| EventResult {
            event: event.clone(),
            status: EventStatus::Skipped,
            started_at: now.wall,
            ended_at: Some(now.wall),
            diagnostics: None,
        });
        current.events.extend(rest);
    }

    fn finish(&mut self, news: News, now: Now, commands: &mut Vec<Command>) {
        self.report(news, now);
        let Some(current) = self.journal.current.take() else { return };
        self.phase = Phase::Resting;
        let (order, deployment) = (&current.order.id, &current.order.deployment);
        commands.push(Command::info(format!("The order {order} of {deployment} is over: {news:?}.")));
        commands.extend([Command::End, Command::Journal]);
    }

    fn report(&mut self, news: News, now: Now) {
        let Some(current) = &mut self.journal.current else { return };
        current.seq = current.seq.saturating_add(1);
        let mut report = report(&current.order, &self.settings, current.seq, news, now);
        report.events.clone_from(&current.events);
        if let Phase::Working(working) = &mut self.phase {
            *working = Working { reported_at: now.ms, news: false };
        }
        if news.is_final() {
            self.journal.finish(report.clone());
        }
        self.put(report);
    }
}
