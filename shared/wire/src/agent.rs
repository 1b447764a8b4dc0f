//! What the service and the agents of hosts say to each other.
//!
//! ```text
//! service ── Order, signed by the service ──► the host's queue ──► agent
//! agent   ── AcceptOrder (api::agent)     ──► the service: may I begin?
//! agent   ── Report, signed by the host   ──► the queue fleet-report ──► service
//! ```
//! Where a host has no access key, what it asks is a [`Request`](request::Request), signed by the host.
//!
//! An order, report or request travels as the payload of a compact JWS; [`message`] is how it is written and read. What is
//! signed says itself whom it is for and which version it has.

pub mod identity;
pub mod message;
pub mod order;
pub mod report;
pub mod request;
