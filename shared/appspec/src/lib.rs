//! AppSpecs: what to deploy, read from YAML or JSON.
//!
//! [`check`] takes any text and says everything that is wrong or doubtful about it, each with its line and
//! column; [`parse_lambda`], [`parse_ecs`] and [`parse_server`] are the strict forms for those who deploy.
//!
//! Invariants: the crate reads no file, no clock and no network; it alone in the project knows the YAML
//! parser; it does not panic, whatever the text; and the work and the answer are bounded by [`MAX_BYTES`],
//! [`MAX_DEPTH`], [`MAX_NODES`] and [`MAX_FINDINGS`].

mod acl;
mod arn;
mod capacity;
mod check;
mod context;
mod detect;
mod ecs;
mod fields;
mod files;
mod finding;
mod functions;
mod lambda;
mod lint;
mod load;
mod mode;
mod network;
mod node;
mod permissions;
mod placeholder;
mod report;
mod resource;
mod scripts;
mod server;
mod spec;
mod syntax;
mod version;
mod words;

#[cfg(test)]
mod properties;

pub use acl::{Acl, AclKind};
pub use capacity::CapacityProvider;
pub use check::{AppSpecErrors, Checked, check, check_with, parse_ecs, parse_lambda, parse_server};
pub use context::SelinuxContext;
pub use ecs::{EcsHooks, EcsSpec};
pub use files::FileMapping;
pub use finding::{Finding, Place, Severity};
pub use lambda::{LambdaHooks, LambdaSpec};
pub use load::{MAX_BYTES, MAX_DEPTH, MAX_NODES};
pub use network::NetworkConfiguration;
pub use permissions::{ObjectType, Permission};
pub use report::MAX_FINDINGS;
pub use scripts::{SERVER_EVENTS, Script};
pub use server::{FileExistsBehavior, Os, ServerSpec};
pub use spec::{AppSpec, Platform};
