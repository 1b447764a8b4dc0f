//! What came of a world.

use std::fmt;
use std::sync::Arc;

use cutover_core::alias::AliasState;
use cutover_core::deployment::{Deployment, ErrorCode, Verdict};
use cutover_core::fleet::board::Counts;
use cutover_core::mark::Mark;
use cutover_core::plan::Plan;
use cutover_core::scaling::Suspended;

use crate::faults::Faults;
use crate::world::Runs;

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which one: `I3`.
    pub invariant: &'static str,
    /// What was seen, in words.
    pub what: String,
    /// When, in milliseconds since the world's beginning.
    pub at: i64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.invariant, clock(self.at), self.what)
    }
}

/// How one deployment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its id.
    pub id: String,
    /// How; absent when it is not over.
    pub verdict: Option<Verdict>,
    /// Why, if it did not succeed.
    pub code: Option<ErrorCode>,
    /// Whether it is a rollback deployment.
    pub rollback: bool,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// Its state at the end.
    pub state: Deployment,
    /// Its whole log; empty when an invariant was broken.
    pub log: Vec<Mark>,
    /// How its hosts stood at the end, if it had any.
    pub hosts: Option<Counts>,
    /// When it was over, in milliseconds since the world's beginning.
    pub at: i64,
}

/// What came of a world.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The first broken invariant.
    pub violation: Option<Violation>,
    /// The deployments, in the order of their creation.
    pub deployments: Vec<Ended>,
    /// What the hosts run at the end.
    pub hosts: Vec<Runs>,
    /// Requests for a deployment that found the group held.
    pub refused: usize,
    /// The alias at the end; absent when it was deleted.
    pub alias: Option<AliasState>,
    /// The suspended processes of Auto Scaling groups that exist.
    pub suspended: Suspended,
    /// What workers set the alias to, and when, in milliseconds since the world's beginning.
    pub alias_writes: Vec<(i64, AliasState)>,
    /// Calls of ports.
    pub calls: u64,
    /// Messages sent.
    pub messages: u64,
    /// Invocations of hooks.
    pub invocations: u64,
    /// Commits of a deployment's state.
    pub commits: u64,
    /// Virtual milliseconds.
    pub elapsed: i64,
    /// What went wrong, call by call and message by message.
    pub faults: Faults,
    /// What happened, if it was asked for.
    pub trace: Vec<String>,
}

/// An instant of a world as `h:mm:ss.mmm`.
pub fn clock(ms: i64) -> String {
    let ms = ms.max(0);
    format!("{}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}
