//! A shard with agents that do as they are told, workers that crash, and clocks that jump.

use super::fixture::{Case, granted};
use super::watch::check;
use crate::fleet::accept::{Accept, may_begin};
use crate::fleet::cell::Cell;
use crate::fleet::decide::decide_shard;
use crate::fleet::event::{Report, ShardDecision, ShardEvent, Told};
use crate::fleet::host_event::HostEvent;
use crate::time::Timestamp;

/// What an agent knows.
#[derive(Clone, Copy, Default)]
pub(super) struct Agent {
    /// The newest order that reached it.
    order: Option<u16>,
    /// The order that it was allowed to begin.
    begun: Option<u16>,
}

pub(super) struct World {
    pub(super) case: Case,
    agents: Vec<Agent>,
}

impl World {
    pub(super) fn new(case: Case) -> Self {
        let agents = vec![Agent::default(); case.roster.hosts.len()];
        Self { case, agents }
    }

    /// Hears an event as a driver does. It is decided twice, since a worker may crash before it commits; heard again
    /// after the commit it must change nothing.
    pub(super) fn hear(&mut self, event: &ShardEvent) {
        let case = &mut self.case;
        let old = case.board.clone();
        let again = decide_shard(&case.rule, &case.roster, &old, event, case.now);
        let decision = case.hear(event);
        assert_eq!(decision, again);
        match decision {
            ShardDecision::Commit(_) => {
                check(&old, case);
                let repeated = decide_shard(&case.rule, &case.roster, &case.board, event, case.now);
                assert!(matches!(repeated, ShardDecision::Ignore(_)), "{event:?}: {repeated:?}");
            }
            ShardDecision::Later(at) => assert!(at > case.now && Some(at) == old.wake_at),
            ShardDecision::Ignore(_) => {}
        }
    }

    pub(super) fn wake(&mut self) {
        self.hear(&ShardEvent::Wake { epoch: self.case.board.epoch });
    }

    /// Some of the orders that are out reach their hosts; others get lost.
    pub(super) fn publish(&mut self, lost: usize) {
        for order in self.case.board.orders(0) {
            if lost == 0 || !usize::from(order.index).is_multiple_of(lost) {
                self.agents[usize::from(order.index)].order = Some(order.attempt);
            }
        }
    }

    /// An agent asks. It begins only if it is granted, and that only once the question is committed.
    pub(super) fn ask(&mut self, host: usize) {
        let Some(attempt) = self.agents[host].order else { return };
        let (case, index) = (&self.case, host as u16);
        let answer = may_begin(&case.board, index, attempt, case.now);
        let before = case.board.cells[host];
        let withdrawn = case.board.withdrawn.is_some();
        self.report(&[(host, attempt, Told::Asked)]);
        if answer == Accept::Granted {
            assert!(!withdrawn || before == Cell::Running, "began after the withdrawal");
            assert_eq!(self.case.board.cells[host], Cell::Running);
            self.agents[host].begun = Some(attempt);
        } else {
            assert!(self.agents[host].begun != Some(attempt) || before.is_final(), "granted, then refused");
        }
    }

    /// An agent that has begun tells; one that has not says nothing.
    pub(super) fn tell(&mut self, hosts: &[usize], what: Told) {
        let told = |host: &usize| Some((*host, self.agents[*host].begun?, what));
        let told: Vec<_> = hosts.iter().filter_map(told).collect();
        if !told.is_empty() {
            self.report(&told);
        }
    }

    pub(super) fn report(&mut self, told: &[(usize, u16, Told)]) {
        let report = |(host, attempt, what): &(usize, u16, Told)| Report {
            index: *host as u16,
            attempt: *attempt,
            what: *what,
        };
        self.hear(&ShardEvent::Reports { reports: told.iter().map(report).collect() });
    }

    /// From here on nothing goes wrong but what has: orders arrive, agents that can work do, time passes.
    pub(super) fn finish(&mut self) {
        self.hear(&granted(self.case.rule.allowance()));
        for round in 0..10_000 {
            if self.case.board.end.is_some() {
                return;
            }
            for host in 0..self.agents.len() {
                // Every third host is gone for good.
                if host % 3 != 2 {
                    self.publish(0);
                    self.ask(host);
                    self.tell(&[host], Told::Beat { event: Some(HostEvent::Install) });
                    self.tell(&[host], Told::Final { ok: host % 5 != 4, failed_event: None });
                }
            }
            if let Some(at) = self.case.board.wake_at {
                self.case.now = at.max(self.case.now);
                self.wake();
            }
            assert!(round < 9_999, "it does not end: {}", self.case.cells());
        }
    }

    pub(super) fn pass(&mut self, millis: i64) {
        self.case.now = Timestamp::from_millis(self.case.now.as_millis() + millis);
    }
}
