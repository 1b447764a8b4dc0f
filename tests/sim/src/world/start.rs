//! What workers are started for: deliveries, sweeps, polls, signals.

use cutover_core::queue::QueueName;
use cutover_core::route::route;
use cutover_driver::signal::Signalled;
use cutover_ports::queue::{Delivery, MAX_RECEIVES, VISIBILITY};

use super::World;
use super::agenda::Entry;
use super::process::Process;
use super::tasks::{Output, Purpose, SignalWish, Work};
use crate::mutants::{self, Mutant};
use crate::setup::scope;

impl World {
    pub(super) fn deliver(&mut self, id: u64) {
        let Some(message) = self.messages.all.get_mut(&id) else { return };
        message.receives += 1;
        if message.receives > MAX_RECEIVES {
            self.messages.all.remove(&id);
            return self.note(|| format!("message {id} goes to the dead letters"));
        }
        let rounds = message.rounds;
        let delivery = Delivery {
            queue: message.queue,
            body: message.body.clone(),
            receive_count: message.receives,
            receipt: id.to_string(),
        };
        self.agenda.put(self.now + VISIBILITY.as_millis() as i64, Entry::Visible(id));
        let deployment = self.watch.named_in(&delivery.body);
        self.note(|| {
            format!("message {id} delivered to {}, time {}", delivery.queue, delivery.receive_count)
        });
        let process = self.any_process();
        let eager = self.setup.mutant == Some(Mutant::ActBeforeCommit);
        let Process { driver, phases, .. } = &self.processes[process];
        let own = match deployment.map(|place| &self.watch.known[place]) {
            Some(known) if self.setup.mutant == Some(Mutant::ClaimsAnyAct) => {
                route(&known.plan, &known.state)
            }
            _ => delivery.queue,
        };
        if delivery.queue == QueueName::PushTrigger {
            let (queue, time) = (delivery.queue, delivery.receive_count);
            let purpose = Purpose::Deliver { message: id, queue, time, rounds, deployment: None };
            return self.push_message(process, purpose, delivery.body);
        }
        let Some(phase) = phases.iter().find(|p| p.queue() == own).cloned() else { return };
        let driver = driver.clone();
        let (queue, time) = (delivery.queue, delivery.receive_count);
        let work: Work = if eager {
            Box::pin(async move { mutants::act_before_commit(&driver, &delivery, phase.as_ref()).await })
        } else {
            Box::pin(async move {
                driver.handle(&delivery, phase.as_ref()).await.map_err(|e| e.to_string())?;
                Ok(Output::Nothing)
            })
        };
        self.spawn(process, Purpose::Deliver { message: id, queue, time, rounds, deployment }, work);
    }

    pub(super) fn visible_again(&mut self, id: u64) {
        if self.messages.all.contains_key(&id) {
            self.deliver(id);
        }
    }

    pub(super) fn sweep(&mut self) {
        let process = self.any_process();
        let driver = self.processes[process].driver.clone();
        let work = async move {
            driver.sweep(false).await.map_err(|e| e.to_string())?;
            Ok(Output::Nothing)
        };
        self.spawn(process, Purpose::Errand("sweep"), Box::pin(work));
    }

    pub(super) fn poll(&mut self) {
        if self.setup.alarms.is_empty() || self.setup.mutant == Some(Mutant::DeafToAlarms) {
            return;
        }
        let process = self.any_process();
        let check = self.processes[process].alarm_check.clone();
        let work = async move {
            check.poll().await.map_err(|e| e.to_string())?;
            Ok(Output::Nothing)
        };
        self.spawn(process, Purpose::Errand("alarm poll"), Box::pin(work));
    }

    pub(super) fn tell_alarm(&mut self, name: String) {
        if self.setup.mutant == Some(Mutant::DeafToAlarms) {
            return;
        }
        let process = self.any_process();
        let check = self.processes[process].alarm_check.clone();
        let work = async move {
            check.alarm_active(&scope(), &name).await.map_err(|e| e.to_string())?;
            Ok(Output::Nothing)
        };
        self.spawn(process, Purpose::Errand("alarm event"), Box::pin(work));
    }

    pub(super) fn signal(&mut self, wish: SignalWish) {
        self.note(|| format!("signal to {}: {:?}", wish.deployment, wish.event));
        let process = self.any_process();
        let driver = self.processes[process].driver.clone();
        let SignalWish { deployment, event, .. } = wish.clone();
        let event = match self.setup.mutant {
            Some(mutant) => mutants::bend_signal(mutant, event, self.watch.named(deployment.as_str())),
            None => Some(event),
        };
        let work = async move {
            let Some(event) = event else {
                let Ok(Some(stored)) = driver.deployments().load(&scope(), &deployment).await else {
                    return Err("not found".to_owned());
                };
                return Ok(Output::Signalled(Signalled::Committed(Box::new(stored.deployment))));
            };
            let heard = driver.signal(&scope(), &deployment, event).await.map_err(|e| e.to_string())?;
            Ok(Output::Signalled(heard))
        };
        self.spawn(process, Purpose::Signal(wish), Box::pin(work));
    }
}
