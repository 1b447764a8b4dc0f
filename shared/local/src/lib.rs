//! Adapters for one machine: table and queue in one SQLite file or in memory,
//! functions that are executables, and alarms over their outcomes.

pub mod alarms;
pub mod functions;
pub mod host_queues;
pub mod memory;
pub mod memory_queue;
pub mod queue;
mod rules;
pub mod sqlite;
