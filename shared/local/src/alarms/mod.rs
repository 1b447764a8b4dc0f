//! Alarms of one machine: set by hand, or computed from how a function's invocations went.

mod judge;
pub mod local;
mod record;

pub use local::LocalAlarms;
pub use record::{AlarmChange, AlarmError, AlarmRule, AlarmView};
