//! Deterministic simulated worlds for the engine.
//!
//! A world is one deployment group, its alias, its alarms and its hooks, under virtual time, with
//! everything drawn from one seed: who runs when, what crashes, what is lost, doubled or late. The driver,
//! the phases, the store's codecs, the sweep and the alarm poll are the real ones; only what stands behind
//! the ports is simulated. After every commit and every outside effect the invariants are checked.
//!
//! Deliberately absent: wall clocks, threads, randomness of the operating system, iteration over hash maps.

pub mod campaign;
pub mod check;
pub mod coverage;
pub mod exhaustive;
pub mod faults;
pub mod fleet;
pub mod generate;
pub mod incident;
pub mod model;
pub mod mutants;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod setup;
pub mod shrink;
pub mod story;
pub mod world;
