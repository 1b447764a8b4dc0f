//! Carries out what the machine says.

use std::sync::Arc;

use cutover_signing::jws::{Kind, sign};
use cutover_wire::agent::message::to_bytes;
use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{EventStatus, Report};

use super::{Event, Runner, tasks};
use crate::diagnostics::Diagnostics;
use crate::machine::{Command, Input};
use crate::worker::{Worker, told};

impl Runner {
    pub(super) fn perform(&mut self, commands: Vec<Command>) {
        let mut journaled = true;
        for command in commands {
            match command {
                Command::Journal => match self.journal_file.write(self.machine.journal()) {
                    Ok(()) => self.inputs.push_back(Input::Journaled),
                    Err(error) => {
                        journaled = false;
                        let problem = format!("{}: {error}", self.journal_file.path().display());
                        self.inputs.push_back(Input::NotJournaled(problem));
                    }
                },
                // Nothing may happen that the journal does not know of.
                Command::Begin(_) | Command::Run(_) | Command::Delete(_) if !journaled => {}
                Command::Ask(order) => self.ask(*order),
                Command::Begin(order) => self.begin(*order),
                Command::Run(at) => {
                    if let Some(worker) = &self.worker {
                        worker.run(at);
                    }
                }
                Command::End => {
                    self.worker = None;
                    self.pace.active();
                    self.rest = std::time::Duration::ZERO;
                }
                Command::Interrupt => {
                    if let Some(worker) = &self.worker {
                        worker.interrupt();
                    }
                }
                Command::Send(report) => self.send(*report),
                Command::Delete(receipt) => {
                    tasks::delete(self.link.channel.clone(), receipt, self.events.clone())
                }
                Command::Extend(receipt, seconds) => {
                    tasks::extend(self.link.channel.clone(), receipt, seconds, self.events.clone());
                }
                Command::Log(level, text) => self.say.line(level, &text),
                Command::Exit => self.over = true,
            }
        }
    }

    fn ask(&self, order: Order) {
        let (service, events, host) =
            (Arc::clone(&self.link.service), self.events.clone(), self.host.clone());
        tokio::spawn(async move {
            let answer = service.accept(&order, &host).await;
            let _ = events.send(Event::Input(Input::Answered { order: order.id, answer }));
        });
    }

    fn begin(&mut self, order: Order) {
        let events = self.events.clone();
        let tell = move |over| {
            let _ = events.send(Event::Over(over));
        };
        let id = order.id.clone();
        match Worker::begin(order, self.place.clone(), tell) {
            Ok(worker) => self.worker = Some(worker),
            Err(error) => {
                let problem = format!("no thread can be made for the order: {error}");
                let over = Input::EventEnded {
                    order: id,
                    at: 0,
                    status: EventStatus::Failed,
                    diagnostics: Some(told(Diagnostics::error(problem))),
                    quiet_next: false,
                };
                self.inputs.push_back(over);
            }
        }
    }

    fn send(&self, report: Report) {
        let token = sign(&self.link.signer, Kind::Report, &to_bytes(&report));
        let (channel, events) = (self.link.channel.clone(), self.events.clone());
        tokio::spawn(async move {
            let error = channel.report(token).await.err().map(|fault| fault.message);
            let sent = Input::Sent { order: report.order, seq: report.seq, error };
            let _ = events.send(Event::Input(sent));
        });
    }
}
