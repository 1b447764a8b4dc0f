//! linear-shift: looks at the alias, moves the traffic in equal shares, reads it back.

use std::sync::Arc;

use cutover_core::queue::QueueName;
use cutover_driver::acts::alias::AliasPhase;
use cutover_ports::aliases::FunctionAliases;

/// The phase.
pub fn phase(aliases: Arc<dyn FunctionAliases>) -> AliasPhase {
    AliasPhase::new(QueueName::LinearShift, aliases)
}
