//! fleet-dispatch: begins a roll-out over a fleet, withdraws it, and drives its shards: deadlines, waves, orders.

pub mod order_key;

use cutover_driver::acts::fleet::RunPhase;
use cutover_driver::shards::Shards;

/// The phase.
pub fn phase(shards: Shards) -> RunPhase {
    RunPhase::new(shards)
}
