//! Fleets of simulated hosts over the real engine.

pub mod budget;
pub mod hosts;
pub mod plan;
pub mod requests;
