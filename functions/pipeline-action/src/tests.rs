//! Jobs over a table in memory, with the engine's own driver and phases.

mod answers;
mod deployments;
mod world;
