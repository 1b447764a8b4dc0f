//! CodePipeline: the results of jobs.

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::pipelines::{JobResult, Pipelines, Progress};
use serde_json::{Value, json};

use crate::caller::Place;
use crate::json::{Client, Service};
use crate::sdk::Sdk;

const CODE_PIPELINE: Service =
    Service { place: Place { name: "codepipeline", id: "CodePipeline" }, target: "CodePipeline_20150709" };

/// Pipelines of the configured region.
#[derive(Debug, Clone)]
pub struct CodePipeline {
    client: Client,
}

impl CodePipeline {
    /// Calls as whoever the SDK's configuration says.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, CODE_PIPELINE) }
    }
}

#[async_trait]
impl Pipelines for CodePipeline {
    async fn put(&self, job: &str, result: &JobResult) -> Result<(), CallError> {
        let (operation, input) = request(job, result);
        let told = self.client.call(operation, &input).await;
        told.map(drop).map_err(|fault| match fault.code.as_deref() {
            Some("JobNotFoundException" | "InvalidJobStateException") => {
                CallError::Gone { what: format!("the job {job}, or somebody who waits for it,") }
            }
            _ => fault.into_call_error(|| format!("the job {job}")),
        })
    }
}

/// CodePipeline API reference: PutJobSuccessResult, PutJobFailureResult.
fn request(job: &str, result: &JobResult) -> (&'static str, Value) {
    match result {
        JobResult::Continue { token, progress } => (
            "PutJobSuccessResult",
            json!({ "jobId": job, "continuationToken": token, "executionDetails": details(progress) }),
        ),
        JobResult::Success { progress, variables } => (
            "PutJobSuccessResult",
            json!({ "jobId": job, "executionDetails": details(progress), "outputVariables": variables }),
        ),
        JobResult::Failure { kind, message, execution } => {
            let mut failure = json!({ "type": kind.as_str(), "message": message });
            if let Some(execution) = execution {
                failure["externalExecutionId"] = json!(execution);
            }
            ("PutJobFailureResult", json!({ "jobId": job, "failureDetails": failure }))
        }
    }
}

fn details(progress: &Progress) -> Value {
    let mut details = json!({ "summary": progress.summary });
    if let Some(execution) = &progress.execution {
        details["externalExecutionId"] = json!(execution);
    }
    if let Some(percent) = progress.percent {
        details["percentComplete"] = json!(percent);
    }
    details
}

#[cfg(test)]
mod tests {
    use cutover_ports::pipelines::FailureKind;

    use super::*;

    #[test]
    fn results_are_the_two_requests() {
        let progress =
            |percent| Progress { summary: "s".to_owned(), execution: Some("d-1".to_owned()), percent };
        let details = json!({ "summary": "s", "externalExecutionId": "d-1", "percentComplete": 100 });
        let variables = [("deploymentId".to_owned(), "d-1".to_owned())].into();
        for (result, operation, input) in [
            (
                JobResult::Continue { token: "t".to_owned(), progress: Progress::default() },
                "PutJobSuccessResult",
                json!({ "jobId": "j", "continuationToken": "t", "executionDetails": { "summary": "" } }),
            ),
            (
                JobResult::Success { progress: progress(Some(100)), variables },
                "PutJobSuccessResult",
                json!({ "jobId": "j", "executionDetails": details, "outputVariables": { "deploymentId": "d-1" } }),
            ),
            (
                JobResult::Failure {
                    kind: FailureKind::PermissionError,
                    message: "m".to_owned(),
                    execution: None,
                },
                "PutJobFailureResult",
                json!({ "jobId": "j", "failureDetails": { "type": "PermissionError", "message": "m" } }),
            ),
        ] {
            assert_eq!(request("j", &result), (operation, input));
        }
    }
}
