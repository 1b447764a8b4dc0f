//! rollback: puts back what an ending deployment changed, reads the alias back for the rollback
//! deployment, and closes.

use std::sync::Arc;

use cutover_core::queue::QueueName;
use cutover_driver::acts::alias::AliasPhase;
use cutover_ports::aliases::FunctionAliases;

/// The phase.
pub fn phase(aliases: Arc<dyn FunctionAliases>) -> AliasPhase {
    AliasPhase::new(QueueName::Rollback, aliases)
}
