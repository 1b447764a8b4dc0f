//! Requests to addresses that users gave: of webhooks, and of stacks that wait; and to GitHub.
//!
//! Whoever gives an address must not reach through us what only we can reach. The addresses that a name stands for are
//! looked at one by one, and it is they that are connected to, so that a name cannot change in between. Redirects are
//! not followed.

mod connection;
pub mod git_hub;
pub mod place;
pub mod poster;
#[cfg(feature = "tls")]
mod tls;
