//! The host agent: puts revisions on the host it runs on, as their AppSpecs say.
//!
//! [`bundle`] unpacks a revision, [`install`] moves its files into place so that it can be undone, [`hooks`]
//! runs its scripts, [`layout`] knows where everything lies on disk, [`deployment`] leads one deployment
//! through its lifecycle events, and [`local`] is the command that does so without any service.
//!
//! Invariants: nothing that was in place before is touched until the whole install is known to be possible;
//! an install that did not end is undone, at once or by whoever opens the deployment root next; no path
//! passes through a shell; nothing outside a bundle is read through its links.

pub mod bundle;
pub mod deployment;
pub mod diagnostics;
pub mod events;
pub mod hooks;
pub mod install;
pub mod layout;
pub mod local;
pub mod log;
pub mod revision;

mod clock;
mod retention;
