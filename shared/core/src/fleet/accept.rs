//! The answer to an agent that asks whether it may begin.

use super::board::Board;
use super::cell::Cell;
use crate::time::Timestamp;

/// Whether an agent may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accept {
    /// Yes. To be said only once its [`super::event::Told::Asked`] is committed.
    Granted,
    /// No, and never under this order.
    Withdrawn(Refusal),
}

/// Why an order may not be begun. The text is for the agent's log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No order went to this host.
    #[error("no order was sent to this host")]
    NoOrder,
    /// A newer order has taken its place.
    #[error("a newer order has replaced this one")]
    Replaced,
    /// The time to accept it has passed.
    #[error("the order was not accepted in time")]
    TooLate,
    /// The host's part is over.
    #[error("the order is over")]
    Over,
    /// The deployment ends.
    #[error("the deployment was withdrawn: {0}")]
    Withdrawn(String),
}

/// Whether the host at `index` may begin its order of this attempt now. Before its first acceptance that depends on
/// the deadline and on a withdrawal; afterwards the answer stays what it was, since the first may have been lost.
pub fn may_begin(board: &Board, index: u16, attempt: u16, now: Timestamp) -> Accept {
    let refuse = Accept::Withdrawn;
    let Some(flight) = board.in_flight.get(&index) else {
        return refuse(match (board.cell(index), &board.withdrawn) {
            (None | Some(Cell::Waiting), _) => Refusal::NoOrder,
            (Some(Cell::Skipped), Some(why)) => Refusal::Withdrawn(why.clone()),
            (Some(Cell::Offline), _) => Refusal::TooLate,
            _ => Refusal::Over,
        });
    };
    if flight.attempt != attempt {
        return refuse(Refusal::Replaced);
    }
    match (board.cell(index), &board.withdrawn) {
        (Some(Cell::Running), _) => Accept::Granted,
        (_, Some(why)) => refuse(Refusal::Withdrawn(why.clone())),
        (_, None) if now >= board.instant(flight.due_secs) => refuse(Refusal::TooLate),
        (_, None) => Accept::Granted,
    }
}
