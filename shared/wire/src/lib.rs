//! What travels: queue envelopes and API shapes. Pure.

pub mod api;
pub mod envelope;
pub mod host;
