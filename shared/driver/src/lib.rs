//! Carries messages to `decide()` and acts out what it asked for. The same driver runs on Lambda, in the
//! embedded server and in the simulator.

pub mod acts;
pub mod driver;
pub mod handle;
mod hints;
pub mod phase;
pub mod publish;
pub mod pushes;
pub mod registered;
pub mod shards;
pub mod signal;
pub mod sweep;
pub mod united;
