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

fn key(place: Place) -> Option<u16> {
    match place {
        Place::Step(index) => Some(index),
        Place::Undo => None,
    }
}

impl World {
    /// What goes wrong with the try that this deployment's worker begins.
    pub(super) fn next_trouble(&mut self, deployment: usize) -> Option<Trouble> {
        if deployment > 0 {
            return None;
        }
        let place = Place::of(&self.watch.known[deployment].state);
        let tries = self.course.tries.entry(key(place)).or_default();
        let n = std::mem::replace(tries, *tries + 1);
        of_try(&self.setup.faults.tries, place, n)
    }

    /// Enters into the agenda what the setup says for moments that have just come.
    pub(super) fn moments(&mut self) {
        let Some(first) = self.watch.known.first() else { return };
        let Course { tries, come } = &mut self.course;
        come.resize(self.setup.moments.len(), false);
        let tried = |place| tries.get(&key(place)).copied().unwrap_or(0);
        for (n, ((moment, _), come)) in self.setup.moments.iter().zip(come).enumerate() {
            if !*come && moment.has_come(&first.state, tried) {
                *come = true;
                self.agenda.put(self.now + moment.after, Entry::Moment(n));
            }
        }
    }
}
