//! What phases have in common: the acts on aliases, hooks and alarms, over ports.

pub mod alarms;
pub mod alias;
pub mod hook;
