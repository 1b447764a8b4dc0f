//! Lambda functions of one machine: a published version is an executable that reads the event on stdin
//! and writes its answer on stdout.

mod calls;
pub mod error;
mod leftovers;
pub mod local;
mod names;
pub mod outcomes;
mod ports;
mod process;
mod record;
mod runner;
mod shelf;
pub mod view;

pub use runner::Endpoint;
