//! How an agent ends: an order at work is finished first, as the official agent does.

use super::{Command, Machine, Now, Phase};

/// How long the last reports are tried once there is nothing else to do.
const FLUSH_MS: u64 = 5_000;

/// A stop that was asked for.
#[derive(Debug)]
pub(super) struct Stopping {
    /// When the script at work is ended; `None` once it was.
    interrupt_at: Option<u64>,
    /// When the agent ends although a report was not sent; known when nothing is at work.
    exit_at: Option<u64>,
}

impl Stopping {
    pub(super) fn wake_at(&self) -> Option<u64> {
        self.exit_at.or(self.interrupt_at)
    }
}

impl Machine {
    pub(super) fn shutdown(&mut self, now: Now, commands: &mut Vec<Command>) {
        match &mut self.stopping {
            None => {
                let at_work = matches!(self.phase, Phase::Working(_));
                let what = if at_work { "the order at work is finished first" } else { "nothing is at work" };
                commands.push(Command::info(format!("The agent was asked to stop; {what}.")));
                let interrupt_at = Some(now.ms + self.settings.stop_within_ms);
                self.stopping = Some(Stopping { interrupt_at, exit_at: None });
            }
            Some(stopping) => stopping.interrupt_at = stopping.interrupt_at.map(|_| now.ms),
        }
    }

    pub(super) fn tick_stopping(&mut self, now: Now, commands: &mut Vec<Command>) {
        let Some(stopping) = &mut self.stopping else { return };
        let due = stopping.interrupt_at.is_some_and(|at| at <= now.ms);
        match &self.phase {
            Phase::Asking(_) if due => self.phase = Phase::Resting,
            Phase::Working(_) if due => {
                stopping.interrupt_at = None;
                commands.push(Command::Interrupt);
            }
            Phase::Asking(_) | Phase::Working(_) => return,
            Phase::Resting => {}
        }
        if let Phase::Resting = self.phase {
            let exit_at = *stopping.exit_at.get_or_insert(now.ms + FLUSH_MS);
            if self.journal.outbox.is_empty() || exit_at <= now.ms {
                commands.push(Command::Exit);
            }
        }
    }
}
