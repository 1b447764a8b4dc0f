//! Item codecs and repositories over the Table port. `key.rs` is the table's documentation.

pub mod access_key;
pub mod application;
pub mod audit;
pub mod catalog;
pub mod codec;
pub mod deployments;
pub mod divided;
pub mod enrolment;
pub mod finish;
pub mod fleets;
pub mod git_hub;
pub mod group;
pub mod groups;
pub mod hosts;
pub mod key;
pub mod lists;
pub mod log;
pub mod notice;
pub mod plans;
pub mod pushes;
pub mod revisions;
pub mod stack_requests;
pub mod state;
pub mod token_key;
pub mod triggers;
pub mod watch;
