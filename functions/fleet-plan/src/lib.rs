//! fleet-plan: looks up the hosts of a fleet, puts them into picking order and writes that down, once.

use std::sync::Arc;

use cutover_driver::acts::fleet::ResolvePhase;
use cutover_driver::shards::Shards;
use cutover_ports::inventory::Inventory;

/// The phase.
pub fn phase(shards: Shards, inventory: Arc<dyn Inventory>) -> ResolvePhase {
    ResolvePhase::new(shards, inventory)
}
