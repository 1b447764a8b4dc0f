//! What phases have in common: the acts on aliases, hooks, alarms and fleets, over ports.

pub mod alarms;
pub mod alias;
pub mod fleet;
pub mod hook;
