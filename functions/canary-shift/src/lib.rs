//! canary-shift: looks at the alias, gives the target its first share and then the rest, reads it back.
//! All-at-once plans are canaries without a first share.

use std::sync::Arc;

use cutover_core::queue::QueueName;
use cutover_driver::acts::alias::AliasPhase;
use cutover_ports::aliases::FunctionAliases;

/// The phase.
pub fn phase(aliases: Arc<dyn FunctionAliases>) -> AliasPhase {
    AliasPhase::new(QueueName::CanaryShift, aliases)
}
