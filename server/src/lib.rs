//! The one-machine service: the API, a worker for every phase queue, the sweep and the alarm poll in one
//! process, over one SQLite file. The phases are the same libs that run on Lambda.
//!
//! ```text
//! http ──► api ──► service ──► driver ──► table
//!                                 │  ▲
//!                              queue │
//!                                 ▼  │
//!                              workers ──► phases ──► local functions, or AWS
//! timers ──► sweep, alarm poll, alarm changes ──► driver
//! hosts  ◄── their queues (sqs, in memory); reports ──► the report inbox
//! ```

pub mod auth;
pub mod demands;
mod door;
mod enrol;
pub mod fleets;
pub mod host_desk;
pub mod http;
pub mod key_operations;
pub mod key_ring;
pub mod local_operations;
pub mod metrics;
pub mod moto;
pub mod observe;
pub mod options;
pub mod order_keys;
pub mod outgoing;
pub mod phases;
pub mod pushes;
pub mod request_id;
mod rotate;
pub mod serve;
mod sqs;
mod status;
pub mod targets;
pub mod timers;
mod to_the_end;
pub mod workers;
