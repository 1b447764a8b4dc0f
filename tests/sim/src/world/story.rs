//! The course of the first deployment: what the setup says for its places.

use std::collections::BTreeMap;

use super::World;
use super::agenda::Entry;
use crate::story::{Place, Trouble, of_try};

/// How far that is.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// Tries so far: of steps by their index, of undoing under none.
    tries: BTreeMap<Option<u16>, u32>,
    /// Which moments have come.
    come: Vec<bool>,
}

impl World {
    /// What goes wrong with the try that this deployment's worker begins.
    pub(super) fn next_trouble(&mut self, deployment: usize) -> Option<Trouble> {
        let state = &self.watch.known[deployment].state;
        if deployment > 0 || self.setup.faults.tries.is_empty() {
            return None;
        }
        let place = Place::of(state);
        let key = match place {
            Place::Step(index) => Some(index),
            Place::Undo => None,
        };
        let tries = self.course.tries.entry(key).or_default();
        let n = std::mem::replace(tries, *tries + 1);
        of_try(&self.setup.faults.tries, place, n)
    }

    /// Enters into the agenda what the setup says for moments that have just come.
    pub(super) fn moments(&mut self) {
        let Some(first) = self.watch.known.first() else { return };
        self.course.come.resize(self.setup.moments.len(), false);
        for (n, ((moment, _), come)) in self.setup.moments.iter().zip(&mut self.course.come).enumerate() {
            if !*come && moment.has_come(&first.state) {
                *come = true;
                self.agenda.put(self.now + moment.after, Entry::Moment(n));
            }
        }
    }
}
