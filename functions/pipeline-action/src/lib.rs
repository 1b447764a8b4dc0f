//! pipeline-action: what an action of CodePipeline (category Invoke, provider Lambda) invokes to deploy.
//!
//! ```text
//! job ─► parameters ─► artifacts ─► revision ─► CreateDeployment ─┐
//! job with a token ─► GetDeployment ──────────────────────────────┴─► goes on: a token, and CodePipeline asks again
//!                                                                     over: success, or failure and why
//! ```
//! A job is noted with the deployment that it led to, in one transaction, or with why it led to none: whatever Lambda
//! delivers twice deploys once. What does not pass at once is tried again by the pipeline's next job, a bounded number of
//! times, so that no job hangs in silence.
//!
//! Deliberately absent: logs of the event, which carries credentials; and waiting: the engine moves the deployment.

mod action;
mod archive;
mod job;
mod look;
mod parameters;
mod render;
mod revision;
mod text;
mod token;
mod trouble;

pub use action::{Outside, PipelineAction};

#[cfg(test)]
mod tests;
