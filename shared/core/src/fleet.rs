//! Fleets of hosts: which host gets its order when, so that enough of them stay healthy.
//!
//! ```text
//! minimum, roster ──► rule       frozen when the deployment starts: N, M, zones, time limits
//!                      │
//!  wake, grant,        ▼
//!  reports, ────► decide_shard ──► board      a cell per host, those in flight, the timer
//!  withdrawal          │
//!                      └────────► orders      read off the board: what must be out
//! ```
//! A shard is at most [`crate::limits::SHARD_HOSTS`] hosts: an immutable [`roster::Roster`] and a mutable
//! [`board::Board`] that [`decide::decide_shard`] alone changes. It is granted how many hosts may be unavailable
//! at a time; a fleet of one shard has the whole of N − M. A larger fleet is [`divide`]d, and its [`purse::Purse`] hands
//! N − M out to the shards, one after the other. All of it is total and pure, like `decide`.
//!
//! Deliberately absent: what a host runs, where its reports are kept, how an order is signed and sent.

pub mod accept;
pub mod board;
pub mod cell;
pub mod decide;
pub mod divide;
pub mod event;
mod expire;
pub mod grant;
pub mod holding;
pub mod host_event;
mod intake;
pub mod minimum;
pub mod orders;
pub mod preview;
pub mod purse;
mod room;
pub mod roster;
pub mod rule;
mod schedule;
#[cfg(test)]
mod tests;
pub mod words;
