//! From a Lambda event to the driver: queue batches, schedules, alarm events, requests.
//!
//! A function's `main` names its phase and calls [`runtime::run`]. Deliberately absent: what a phase does.

pub mod alarm;
pub mod batch;
pub mod context;
pub mod metrics;
pub mod runtime;
#[cfg(feature = "seal")]
pub mod sealer;
#[cfg(feature = "service")]
pub mod settings;
pub mod url;
