//! A deployment with its whole log, to be kept or replayed elsewhere.

use serde::{Deserialize, Serialize};

use crate::deployment::Deployment;
use crate::mark::Mark;
use crate::plan::{Plan, Step};
use crate::record::Record;

/// The version of [`Export`].
pub const EXPORT_VERSION: u16 = 1;

/// All that is stored about a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// [`EXPORT_VERSION`].
    pub v: u16,
    /// Its plan, without the execution ids with which hooks answer.
    pub plan: Plan,
    /// What CreateDeployment was told.
    pub record: Record,
    /// Its state; the log stands beside it.
    pub state: Deployment,
    /// The whole log, oldest first.
    pub log: Vec<Mark>,
    /// Its rollback deployment, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Deployment>,
}

impl Export {
    /// Of these. What would let a reader answer for a hook, or signal to a stack, is left out.
    pub fn new(
        plan: Plan,
        record: Record,
        state: Deployment,
        log: Vec<Mark>,
        rollback: Option<Deployment>,
    ) -> Self {
        let mut export = Self { v: EXPORT_VERSION, plan, record, state, log, rollback };
        for step in &mut export.plan.steps {
            if let Step::Hook { execution_id, .. } = step {
                execution_id.clear();
            }
        }
        if let Some(answer) = &mut export.state.signals.hook {
            answer.execution_id.clear();
        }
        export.record.audience.callback = None;
        export.state.marks.clear();
        export
    }
}
