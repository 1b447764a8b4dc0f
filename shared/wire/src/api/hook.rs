//! Lifecycle event hooks.

shapes! {
    /// PutLifecycleEventHookExecutionStatus.
    PutHookStatusInput {
        deployment_id: Option<String>,
        lifecycle_event_hook_execution_id: Option<String>,
        status: Option<String>,
    }

    /// What PutLifecycleEventHookExecutionStatus answers.
    PutHookStatusOutput {
        lifecycle_event_hook_execution_id: String,
    }
}
