//! The host agent: puts revisions on the host it runs on, as their AppSpecs say.
//!
//! [`bundle`] unpacks a revision, [`install`] moves its files into place so that it can be undone, [`hooks`]
//! runs its scripts, [`layout`] knows where everything lies on disk, [`deployment`] leads one deployment
//! through its lifecycle events, and [`local`] is the command that does so without any service.
//!
//! [`host`] has the commands of a host that takes orders from a service: [`identity`] is who the host is,
//! [`intake`] what it believes, [`machine`] what it does next, [`journal`] what it must not forget, [`worker`]
//! carries an order out, and [`runner`] brings them together.
//!
//! Invariants: nothing that was in place before is touched until the whole install is known to be possible;
//! an install that did not end is undone, at once or by whoever opens the deployment root next; no path
//! passes through a shell; nothing outside a bundle is read through its links.

pub mod access;
pub mod bundle;
pub mod config;
pub mod deployment;
pub mod diagnostics;
pub mod events;
pub mod fetch;
pub mod hooks;
pub mod host;
pub mod identity;
pub mod install;
pub mod intake;
pub mod journal;
pub mod layout;
pub mod link;
pub mod local;
pub mod log;
pub mod machine;
pub mod notify;
pub mod on_premises;
pub mod pace;
pub mod revision;
pub mod runner;
pub mod say;
pub mod service;
pub mod trust;
pub mod worker;

mod clock;
mod copy;
mod crew;
mod download;
mod duplicate;
mod kept;
mod retention;
#[cfg(test)]
mod samples;
