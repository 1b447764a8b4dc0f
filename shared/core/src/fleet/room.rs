//! How many hosts of a fleet, or of one zone, may be unavailable, and how many are.

use std::ops::Range;

use super::board::Board;
use super::cell::Cell;
use super::grant::Grant;
use super::roster::{HealthClass, Roster};

/// The room that a fleet, a zone or a shard leaves. With B hosts allowed to be unavailable of N: serving = N − `out`,
/// and M = N − B, so "serving − 1 >= M" is "out + 1 <= B".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// B, for both counts; a shard of many is granted two numbers.
    pub(super) allowed: Grant,
    /// Hosts with an order that is not over.
    pub(super) in_flight: u32,
    /// Hosts that serve nobody: failed here, Unhealthy before and not succeeded yet, or serving before and in flight.
    pub(super) out: u32,
}

impl Room {
    /// The room as the board stands.
    pub(super) fn now(roster: &Roster, board: &Board, hosts: Range<usize>, allowed: Grant) -> Self {
        let mut room = Self { allowed, in_flight: 0, out: 0 };
        for (host, cell) in roster.hosts[hosts.clone()].iter().zip(&board.cells[hosts]) {
            let flies = matches!(cell, Cell::Ordered | Cell::Running);
            let was_out = host.class == HealthClass::Unhealthy;
            room.in_flight += u32::from(flies);
            let serves = match cell {
                Cell::Succeeded => true,
                Cell::Waiting | Cell::Skipped => !was_out,
                _ => false,
            };
            room.out += u32::from(!serves);
        }
        room
    }

    /// The room there would be if every host in flight succeeded.
    pub(super) fn at_best(self) -> Self {
        Self { in_flight: 0, out: self.out - self.in_flight, ..self }
    }

    /// Whether a host of this class may be started. One that was Unhealthy before cannot make the fleet less healthy
    /// (behaviour: minimum healthy hosts rules 3 and 6); it only counts among those in flight (rule 2).
    pub(super) fn has_place(self, class: HealthClass) -> bool {
        self.in_flight < self.allowed.at_work
            && (class == HealthClass::Unhealthy || self.out < self.allowed.out)
    }

    /// The room once one more host of this class is in flight.
    pub(super) fn with_one_more(self, class: HealthClass) -> Self {
        let newly_out = u32::from(class != HealthClass::Unhealthy);
        Self { in_flight: self.in_flight + 1, out: self.out + newly_out, ..self }
    }
}
