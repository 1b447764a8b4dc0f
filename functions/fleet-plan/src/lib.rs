//! fleet-plan: looks up the hosts of a fleet, puts them into picking order and writes that down, once; suspends
//! processes of their Auto Scaling groups and resumes them.

use std::sync::Arc;

use cutover_driver::acts::fleet::ResolvePhase;
use cutover_driver::shards::Shards;
use cutover_ports::inventory::Inventory;
use cutover_ports::scaling::ScalingProcesses;

/// The phase.
pub fn phase(
    shards: Shards,
    inventory: Arc<dyn Inventory>,
    scaling: Option<Arc<dyn ScalingProcesses>>,
) -> ResolvePhase {
    ResolvePhase::new(shards, inventory, scaling)
}
