//! Pushes and what follows from them, decided without looking anything up.
//!
//! ```text
//! event ─► Push ─► triggers that match ─► request and order key ─► on_push ─► start, wait, superseded, refused
//! ```
//! A *trigger* says which pushes deploy what to which group. Pushes have an *order key*: one that is older than what was
//! started last, or than what waits where only the latest counts, never wins, whenever it comes. A push that may not
//! start now becomes a *waiting request*; [`queue::next`] says which of those comes next.

pub mod order;
pub mod outcome;
pub mod push;
pub mod queue;
pub mod rule;
pub mod template;
