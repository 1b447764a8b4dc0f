//! Calls that take effect.

use cutover_core::alias::AliasState;
use cutover_core::event::Event;
use cutover_core::ids::DeploymentId;
use cutover_core::queue::QueueName;
use cutover_core::scaling::Processes;
use cutover_ports::call::CallError;
use cutover_ports::hooks::HookPayload;
use cutover_ports::queue::Outgoing;
use cutover_ports::table::{Expect, TableError, Write};

use super::World;
use super::agenda::Entry;
use super::call::{Flight, Op, Reply};
use super::scaling::Hand;
use super::tasks::{Message, SignalWish};
use crate::check::Scene;
use crate::faults::{Fault, MessageFault};
use crate::mutants::{Mutant, RECURSION_LIMIT};
use crate::setup::{self, Hook, Port};

impl World {
    pub(super) fn land(&mut self, flight: Flight) {
        let Flight { task, op, fault, queue, rounds, claim } = flight;
        let lost = (fault == Some(Fault::Lost)).then(|| op.failed("the answer was lost"));
        let conditional = match &op {
            Op::Put(_, expect) => *expect != Expect::Anything,
            Op::Transact(_) | Op::SetAlias { .. } => true,
            _ => false,
        };
        let returns_after = match &op {
            Op::Invoke { payload, .. } => self.hook(payload).map_or(0, |hook| hook.returns_after),
            _ => 0,
        };
        if task.is_none() && self.trace.is_some() {
            let what = self.words(&op);
            self.note(|| format!("a call of a worker that no longer waits lands: {what}"));
        }
        let mut reply = self.effect(op, queue, rounds, claim);
        if fault == Some(Fault::Repeated) && conditional {
            reply = match reply {
                Reply::Written(Ok(())) => Reply::Written(Err(TableError::Condition(0))),
                Reply::Called(Ok(())) => Reply::Called(Err(CallError::Conflict)),
                other => other,
            };
        }
        let reply = lost.unwrap_or(reply);
        match task {
            Some(task) if returns_after > 0 => {
                self.agenda.put(self.now + returns_after, Entry::Answer { task, reply: Box::new(reply) });
            }
            Some(task) => self.answer(task, reply),
            None => {}
        }
    }

    fn effect(&mut self, op: Op, by: Option<QueueName>, rounds: u32, claim: Option<(usize, u64)>) -> Reply {
        match op {
            Op::Get(key) => Reply::Item(Ok(self.table.get(&key).cloned())),
            Op::BatchGet(keys) => {
                Reply::Items(Ok(keys.iter().filter_map(|key| self.table.get(key).cloned()).collect()))
            }
            Op::Put(item, expect) => self.write(by, &[Write::Put { item, expect }]),
            Op::Transact(writes) => self.write(by, &writes),
            Op::Query(query) => {
                let lag = self.lag();
                Reply::Page(Ok(self.table.query(&query, self.now, lag)))
            }
            Op::Due { pk, until, limit } => {
                let lag = self.lag();
                Reply::Keys(Ok(self.table.due(&pk, &until, limit, self.now, lag)))
            }
            Op::Send(message) => {
                self.send(message, rounds + 1);
                Reply::Sent(Ok(()))
            }
            Op::ReadAlias => Reply::Reading(self.alias.read()),
            Op::SetAlias { set, revision } => Reply::Called(self.set_alias(set, &revision, claim)),
            Op::VersionExists => Reply::Called(self.alias.permit(Port::AliasReads)),
            Op::Invoke { function, payload } => Reply::Called(self.invoke(&function, &payload)),
            Op::Hosts => Reply::Hosts(Ok(self.inventory())),
            Op::Suspended(groups) => {
                let permitted = self.alias.permit(Port::Processes);
                Reply::Suspended(permitted.map(|()| self.scaling.suspended(&groups)))
            }
            Op::Suspend(of) => Reply::Called(self.set_processes(&of, true, claim)),
            Op::Resume(of) => Reply::Called(self.set_processes(&of, false, claim)),
            Op::Order { host, body } => {
                self.send_order(&host, &body);
                Reply::Sent(Ok(()))
            }
            Op::Tell { listener, id } => Reply::Called(self.listener_hears(&listener, &id)),
            Op::Alarms(names) => {
                Reply::States(self.alias.permit(Port::Alarms).and_then(|()| self.alarms.states(&names)))
            }
        }
    }

    /// How far indexes are behind, now and then.
    fn lag(&mut self) -> i64 {
        if self.rng.chance(2_000) { self.rng.between(1, 1_500) } else { 0 }
    }

    fn write(&mut self, by: Option<QueueName>, writes: &[Write]) -> Reply {
        self.table.careless = self.setup.mutant == Some(Mutant::NoVersionCondition);
        let written = self.table.write(writes, self.now);
        if written.is_ok() {
            let Self { setup, table, alias, scaling, watch, .. } = self;
            let scene = Scene { setup, table, alias, scaling };
            let told = watch.written(self.now, by, writes, &scene, self.trace.is_some());
            if let Some(told) = told {
                self.note(|| told);
            }
            self.moments();
        }
        Reply::Written(written)
    }

    fn set_alias(
        &mut self,
        set: AliasState,
        revision: &str,
        claim: Option<(usize, u64)>,
    ) -> Result<(), CallError> {
        self.alias.would_take(revision)?;
        self.watch.alias_written(self.now, claim, &set, &self.alias);
        self.note(|| format!("the alias is now {set}"));
        self.alias.write(set);
        Ok(())
    }

    fn set_processes(
        &mut self,
        of: &Processes,
        suspend: bool,
        claim: Option<(usize, u64)>,
    ) -> Result<(), CallError> {
        self.alias.permit(if suspend { Port::Suspends } else { Port::Resumes })?;
        if !self.scaling.exists(&of.group) {
            return Err(CallError::Refused { message: "ValidationError: name not found".to_owned() });
        }
        self.watch.processes_change(self.now, claim, of, suspend, &self.scaling);
        let verb = if suspend { "suspended" } else { "resumed" };
        self.note(|| format!("{verb}: {of}"));
        match (suspend, claim) {
            (true, Some((place, _))) => self.scaling.suspend(of, Hand::Deployment(place), self.now),
            _ => self.scaling.resume(of),
        }
        Ok(())
    }

    fn invoke(&mut self, function: &str, payload: &HookPayload) -> Result<(), CallError> {
        self.alias.permit(Port::Hooks)?;
        self.watch.invoked(self.now, function, payload);
        let Some(hook) = self.hook(payload).cloned() else { return Ok(()) };
        for (after, status) in &hook.answers {
            let event = Event::HookReported {
                execution_id: payload.lifecycle_event_hook_execution_id.clone(),
                status: *status,
            };
            self.watch.answers.push((payload.lifecycle_event_hook_execution_id.clone(), *status));
            let deployment = DeploymentId::new(payload.deployment_id.clone());
            let wish = SignalWish { deployment, event, tries: 0 };
            self.agenda.put(self.now + after, Entry::Signal(Box::new(wish)));
        }
        Ok(())
    }

    /// The hook that is invoked for an execution id which a plan handed out.
    fn hook(&self, payload: &HookPayload) -> Option<&Hook> {
        self.setup.hook(self.watch.event_of(payload)?)
    }

    /// A listener is told; the first one may refuse.
    fn listener_hears(&mut self, listener: &str, id: &str) -> Result<(), CallError> {
        if listener == setup::FIRST_LISTENER {
            self.alias.permit(Port::Listener)?;
        }
        self.note(|| format!("{listener} hears {id}"));
        self.watch.listener_told(self.now, listener, id);
        Ok(())
    }

    fn send(&mut self, message: Outgoing, rounds: u32) {
        if rounds > RECURSION_LIMIT && self.setup.mutant == Some(Mutant::RecursionGuard) {
            return self.note(|| format!("message to {} is stopped as recursion", message.queue));
        }
        let n = self.messages.sent;
        self.messages.sent += 1;
        let calm = self.calm();
        let faults = self.setup.faults.of_message(n, calm, &mut self.chaos);
        self.happened.messages.extend(faults.iter().map(|fault| (n, *fault)));
        if faults.contains(&MessageFault::Lost) {
            return self.note(|| format!("message to {} is lost", message.queue));
        }
        let twice = faults.contains(&MessageFault::Doubled);
        let late = faults.iter().find_map(|f| if let MessageFault::Late(ms) = f { Some(*ms) } else { None });
        for _ in 0..=usize::from(twice) {
            let at = self.now + message.delay_ms as i64 + self.rng.between(1, 60) + late.unwrap_or(0);
            let id = self.messages.next;
            self.messages.next += 1;
            let body = message.body.clone();
            self.messages.all.insert(id, Message { queue: message.queue, body, receives: 0, rounds });
            self.agenda.put(at, Entry::Deliver(id));
        }
    }

    /// A call in words, for the trace.
    pub(super) fn words(&self, op: &Op) -> String {
        let write = |write: &Write| {
            let key = super::table::key_of(write);
            format!("{} {}", key.pk.rsplit('/').next().unwrap_or_default(), key.sk)
        };
        match op {
            Op::Get(key) => format!("get {} {}", key.pk.rsplit('/').next().unwrap_or_default(), key.sk),
            Op::Put(item, expect) => {
                format!("put {} if {expect:?}", write(&Write::Put { item: item.clone(), expect: *expect }))
            }
            Op::Transact(writes) => {
                format!("transact {}", writes.iter().map(write).collect::<Vec<_>>().join(", "))
            }
            Op::Due { pk, .. } => format!("due {pk}"),
            Op::Query(query) => format!("query {}", query.pk),
            Op::Send(message) => format!("send to {} in {} ms", message.queue, message.delay_ms),
            Op::SetAlias { set, .. } => format!("set the alias to {set}"),
            Op::Invoke { function, .. } => format!("invoke {function}"),
            Op::Suspend(of) => format!("suspend {of}"),
            Op::Resume(of) => format!("resume {of}"),
            Op::Order { host, .. } => format!("order for {host}"),
            Op::Tell { listener, id } => format!("tell {listener} of {id}"),
            other => other.kind().word().to_owned(),
        }
    }
}
