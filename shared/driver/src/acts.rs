//! What phases have in common: the acts on aliases, hooks, alarms, fleets and processes of Auto Scaling, over ports.

pub mod alarms;
pub mod alias;
pub mod fleet;
pub mod hook;
pub mod scaling;
