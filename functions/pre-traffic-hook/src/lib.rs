//! pre-traffic-hook: invokes BeforeAllowTraffic hooks. The only function of a deployment that may invoke
//! anything before traffic moves.

use std::sync::Arc;

use cutover_core::queue::QueueName;
use cutover_driver::acts::hook::HookPhase;
use cutover_ports::hooks::Hooks;

/// The phase.
pub fn phase(hooks: Arc<dyn Hooks>) -> HookPhase {
    HookPhase::new(QueueName::PreTrafficHook, hooks)
}
