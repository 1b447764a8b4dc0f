//! A world that is led from outside: what happens next is said at the present time, and what anybody could see
//! may be looked at in between.

use cutover_core::alias::AliasState;

use super::World;
use super::agenda::Entry;
use crate::exhaustive::Single;
use crate::faults::MessageFault;
use crate::report::{Ended, Report, Violation};
use crate::setup::{Happening, Setup};

/// When in a minute the alarms are polled, in milliseconds.
const POLL_AT: i64 = 50_000;

/// A world at its present time.
pub struct Live {
    world: World,
    requests: u64,
}

impl Live {
    /// A world at its beginning: nothing happens but what the setup says and what is said later. The alarms are
    /// polled at second 50 of every minute, so that minutes begin quietly.
    pub fn new(setup: &Setup, seed: u64, trace: bool) -> Self {
        let mut world = World::new(setup.clone(), seed, trace);
        world.endless = true;
        let sweep = world.rng.between(0, super::MINUTE - 1);
        world.begin(sweep, POLL_AT);
        Self { world, requests: setup.creates.len() as u64 }
    }

    /// Lets time pass, with all that is due in it. A broken invariant stops the clock.
    pub fn advance(&mut self, ms: i64) {
        let until = self.world.now + ms;
        while self.violation().is_none() && self.world.agenda.next_at().is_some_and(|at| at < until) {
            let Some((at, entry)) = self.world.agenda.take() else { break };
            self.world.now = at;
            self.world.enter(entry);
        }
        self.world.now = until;
    }

    /// Somebody asks for a deployment of the next version, once.
    pub fn request(&mut self) {
        let n = self.requests;
        self.requests += 1;
        self.world.agenda.put(self.world.now, Entry::Create { n, patience: 0 });
    }

    /// Something happens from outside. Who abandons does so once, whether there is anything to abandon or not.
    pub fn happen(&mut self, happening: Happening) {
        self.world.happen(happening);
    }

    /// From now on one thing goes wrong, with calls and messages counted from here, and whatever was to go wrong
    /// before does not.
    pub fn trouble(&mut self, single: Single) {
        let (calls, messages) = (self.world.calls, self.world.messages.sent);
        let faults = &mut self.world.setup.faults;
        faults.at_call = None;
        faults.messages.clear();
        match single {
            Single::Nothing => {}
            Single::Call(n, fault) => faults.at_call = Some((calls + n, fault)),
            Single::Doubled(n) => faults.messages.push((messages + n, MessageFault::Doubled)),
            Single::Lost(n) => faults.messages.push((messages + n, MessageFault::Lost)),
        }
    }

    /// The alias, unless it was deleted.
    pub fn alias(&self) -> Option<&AliasState> {
        self.world.alias.state.as_ref()
    }

    /// Whether somebody else was the last to change it.
    pub fn alias_is_foreign(&self) -> bool {
        self.world.alias.is_foreign
    }

    /// The deployments as they stand, in the order of their creation.
    pub fn deployments(&self) -> Vec<Ended> {
        self.world.deployments()
    }

    /// The functions that a deployment invoked as hooks, each once, in order.
    pub fn hooks(&self, deployment: &str) -> Vec<&str> {
        let all = self.world.watch.invoked.iter();
        all.filter(|(id, _)| id == deployment).map(|(_, function)| function.as_str()).collect()
    }

    /// The first broken invariant.
    pub fn violation(&self) -> Option<&Violation> {
        self.world.watch.violation.as_ref()
    }

    /// What came of it. If all deployments are over, what must be true at the end of a world is checked.
    pub fn close(mut self) -> Report {
        let world = &mut self.world;
        if world.watch.all_over() {
            world.watch.at_the_end(world.now, &world.alias, &world.table);
        }
        self.world.report()
    }
}
