//! What the benches share.

pub mod bare;
pub mod counting;
pub mod world;
