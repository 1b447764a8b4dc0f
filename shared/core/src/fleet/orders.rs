//! The orders that must be out, read off the board: nothing is stored for them, so no crash can lose one.

use super::board::Board;
use super::cell::Cell;
use crate::time::Timestamp;

/// One order to be sent; its id is made of deployment, host, segment and attempt, so sending it again is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The host's place in the roster.
    pub index: u16,
    /// Which order to this host it is, from 1.
    pub attempt: u16,
    /// The wave it belongs to.
    pub wave: u32,
    /// Until when it may be accepted.
    pub accept_by: Timestamp,
}

impl Board {
    /// The orders of waves after `sent` that nobody has accepted yet. Who has published up to a wave gives that;
    /// who finds a board after a crash gives 0. None once withdrawn.
    pub fn orders(&self, sent: u32) -> Vec<Order> {
        if self.withdrawn.is_some() {
            return Vec::new();
        }
        let open = |(index, flight): (&u16, &super::board::Flight)| {
            let due = self.cell(*index) == Some(Cell::Ordered) && flight.wave > sent;
            let accept_by = self.instant(flight.due_secs);
            due.then_some(Order { index: *index, attempt: flight.attempt, wave: flight.wave, accept_by })
        };
        self.in_flight.iter().filter_map(open).collect()
    }
}
