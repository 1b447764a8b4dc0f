//! The pure heart of Cutover.
//!
//! A deployment is planned once ([`plan::plan`]) and then stepped ([`decide::decide`]). Both are pure:
//! no clock, I/O, async or randomness; time and identifiers come in as arguments. Everything else in
//! the project carries messages to `decide` or carries out what it asked for.

pub mod access;
pub mod act;
pub mod alias;
pub mod audience;
pub mod civil;
pub mod config;
pub mod decide;
pub mod deployment;
pub mod event;
pub mod explain;
pub mod export;
pub mod fleet;
pub mod fleet_plan;
pub mod follow_up;
pub mod glob;
pub mod hex;
pub mod host_work;
pub mod ids;
pub mod ledger;
pub mod lifecycle;
pub mod limits;
pub mod mark;
pub mod plan;
mod plan_kind;
pub mod queue;
pub mod record;
pub mod rollback;
pub mod route;
pub mod scaling;
pub mod stamp;
pub mod time;
pub mod timeline;
pub mod trigger;
pub mod view;
