//! The custom resource `Custom::CutoverLambdaShift`: moves an alias to a version by a deployment, as part of a stack's
//! create, update or rollback.
//!
//! It answers as soon as it is clear what happens. The deployment tells the stack's wait condition itself how it ended
//! (its callback), so that a canary may take longer than a custom resource; what needs no deployment is told from here.
//! Whatever Lambda delivers twice is done once: the first answer to a request is kept in the table.
//!
//! Deliberately absent: shifting (a deployment does that, but for the one step back of a stack that rolls back), and
//! refusing in a rollback or a delete, which would leave the stack stuck.

mod back;
mod forward;
mod letters;
mod naming;
mod properties;
mod provider;
mod register;
mod request;
mod trouble;

pub use letters::Letters;
pub use provider::{Outside, Pace, Provider};

#[cfg(test)]
mod tests;
