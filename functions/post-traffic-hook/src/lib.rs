//! post-traffic-hook: invokes AfterAllowTraffic hooks, once all traffic is on the target.

use std::sync::Arc;

use cutover_core::queue::QueueName;
use cutover_driver::acts::hook::HookPhase;
use cutover_ports::hooks::Hooks;

/// The phase.
pub fn phase(hooks: Arc<dyn Hooks>) -> HookPhase {
    HookPhase::new(QueueName::PostTrafficHook, hooks)
}
