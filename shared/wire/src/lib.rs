//! What travels: queue envelopes and API shapes. Pure.

pub mod agent;
pub mod api;
pub mod envelope;
pub mod host;
pub mod notice;
pub mod push;
