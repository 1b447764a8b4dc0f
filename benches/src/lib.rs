//! What the benches share.

pub mod api;
pub mod bare;
pub mod counting;
pub mod fleet;
pub mod process;
pub mod world;
