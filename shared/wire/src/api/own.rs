//! Cutover's own operations. PlanDeployment takes CreateDeployment's input.

use serde_json::Value;

shapes! {
    /// What PlanDeployment answers: the timeline of a shift, or how a fleet is rolled out.
    PlanDeploymentOutput {
        timeline: Option<Value>,
        fleet: Option<Value>,
    }

    /// ExplainDeployment, ExportDeployment and AbandonDeployment.
    OwnDeploymentInput {
        deployment_id: Option<String>,
    }

    /// What ExplainDeployment answers.
    ExplainDeploymentOutput {
        explanation: Value,
        timeline: Value,
    }

    /// What ExportDeployment answers.
    ExportDeploymentOutput {
        export: Value,
    }

    /// What AbandonDeployment answers: everything that stays as it is.
    AbandonDeploymentOutput {
        deployment_id: String,
        left: Vec<LeftBehind>,
    }

    /// A resource that an abandoned deployment leaves changed.
    LeftBehind {
        resource: String,
        before: String,
        last_seen: String,
    }

    /// ListMarks.
    ListMarksInput {
        deployment_id: Option<String>,
        next_token: Option<String>,
    }

    /// What ListMarks answers, oldest first.
    ListMarksOutput {
        marks: Vec<Value>,
        next_token: Option<String>,
    }
}
