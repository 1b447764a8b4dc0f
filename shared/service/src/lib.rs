//! The API's use cases: validate, plan, commit.
//!
//! Each takes the API's input shape and gives its output shape or a [`error::ServiceError`]; how they
//! travel is the business of those who call. Rules stand beside the resource that they are about, and name
//! their source as "behaviour: …".

mod accept;
mod alarms;
mod applications;
pub mod archives;
pub mod arn;
mod audience;
pub mod audit;
mod bundle_address;
mod config_rules;
mod configs;
pub mod create;
mod create_rules;
mod dead_letters;
mod deployment_info;
mod deployments;
pub mod draft;
pub mod enrolment;
pub mod error;
pub mod fleet_draft;
mod fleet_targets;
mod git_hub;
mod group_checks;
mod group_info;
mod group_rules;
mod groups;
pub mod holding;
mod hooks;
mod host_keys;
pub mod host_requests;
mod hosts;
pub mod instance_proof;
mod instances;
mod named;
pub mod outgoing;
mod own;
mod plan;
mod pushes;
pub mod quotas;
mod revision;
mod revisions;
pub mod rules;
mod search;
pub mod service;
mod stop;
mod tagging;
mod tags;
mod targets;
mod tokens;
mod triggers;
mod waits;
pub mod webhooks;
