//! Every operation through `Api::handle`, over a table in memory and an engine whose outside is a few
//! fields.

#![allow(clippy::unwrap_used, reason = "a poisoned lock means that the test has failed already")]

mod access;
mod applications;
mod archives;
mod audit;
mod concurrency;
mod configs;
mod deployments;
mod faults;
mod fuzz;
mod git_hub;
mod golden;
mod groups;
mod hooks;
mod hosts;
mod instances;
mod own;
mod paging;
mod quotas;
mod revisions;
mod tags;
mod targets;
mod triggers;
mod wire;
mod world;
