//! The traits between the engine and the world.
//!
//! Every call answers within `cutover_core::limits::ACT_TIMEOUT_MS`; adapters see to that. Failures are
//! sorted where they arise: by what the caller can do about them, not by which client raised them.

pub mod alarms;
pub mod aliases;
pub mod archives;
pub mod call;
pub mod caller_identity;
pub mod clock;
pub mod git_hub;
pub mod hooks;
pub mod host_access;
pub mod host_channel;
pub mod inventory;
pub mod outgoing;
pub mod pipelines;
pub mod queue;
pub mod scaling;
pub mod secrets;
pub mod stacks;
pub mod system;
pub mod table;
