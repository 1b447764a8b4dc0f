//! A job, as CodePipeline's event tells it (CodePipeline user guide, "Invoke an AWS Lambda function"). It carries
//! credentials, so that nothing here tells what a member was if it is not what it has to be.

use cutover_core::time::Timestamp;
use cutover_ports::host_access::Lent;
use cutover_ports::pipelines::FailureKind;
use serde_json::Value;

use crate::trouble::Trouble;

/// A job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    /// What the action says in UserParameters.
    pub(crate) user_parameters: String,
    pub(crate) artifacts: Vec<Artifact>,
    /// Reads the artifacts.
    credentials: Option<Lent>,
    /// What the last job of this action gave back.
    pub(crate) token: Option<String>,
}

/// An input artifact: a zip archive in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub(crate) name: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl Job {
    /// The job of an event; without an id there is nobody to answer.
    pub(crate) fn read(event: &Value) -> Result<Self, String> {
        let job = event.get("CodePipeline.job");
        let id = job.and_then(|job| job.get("id")).and_then(Value::as_str);
        let (job, id) = job.zip(id).ok_or("not a job of CodePipeline")?;
        let text = |at: &str| job.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let inputs = job.pointer("/data/inputArtifacts").and_then(Value::as_array);
        Ok(Self {
            id: id.to_owned(),
            user_parameters: text("/data/actionConfiguration/configuration/UserParameters")
                .unwrap_or_default(),
            artifacts: inputs.into_iter().flatten().filter_map(artifact).collect(),
            credentials: job.pointer("/data/artifactCredentials").and_then(credentials),
            token: text("/data/continuationToken"),
        })
    }

    /// The input artifact of that name, or the first one; `member` is who names it.
    pub(crate) fn artifact(&self, member: &str, name: Option<&str>) -> Result<&Artifact, Trouble> {
        let wrong = |message: String| Trouble::Refused(FailureKind::ConfigurationError, message);
        let Some(name) = name else {
            let none = || format!("the action has no input artifact in S3 that {member} could be");
            return self.artifacts.first().ok_or_else(|| wrong(none()));
        };
        let names = || self.artifacts.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
        let other = || format!("{member} is {name}, and the action's input artifacts are: {}", names());
        self.artifacts.iter().find(|one| one.name == name).ok_or_else(|| wrong(other()))
    }

    pub(crate) fn credentials(&self) -> Result<&Lent, Trouble> {
        let none = || "the job has no artifactCredentials".to_owned();
        self.credentials.as_ref().ok_or_else(|| Trouble::Refused(FailureKind::ConfigurationError, none()))
    }
}

fn artifact(input: &Value) -> Option<Artifact> {
    let text = |at: &str| input.pointer(at).and_then(Value::as_str).map(str::to_owned);
    Some(Artifact {
        name: text("/name")?,
        bucket: text("/location/s3Location/bucketName")?,
        key: text("/location/s3Location/objectKey")?,
    })
}

fn credentials(told: &Value) -> Option<Lent> {
    let text = |name: &str| told.get(name)?.as_str().map(str::to_owned);
    // Milliseconds. Whether they are still good, S3 tells.
    let expires_at = told.get("expirationTime").and_then(Value::as_i64).unwrap_or_default();
    Some(Lent {
        id: text("accessKeyId")?,
        secret: text("secretAccessKey")?,
        token: text("sessionToken")?,
        expires_at: Timestamp::from_millis(expires_at),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_is_read_and_keeps_its_secrets() {
        let event = json!({ "CodePipeline.job": { "id": "j", "accountId": "123456789012", "data": {
            "actionConfiguration": { "configuration": { "FunctionName": "f", "UserParameters": "{}" } },
            "inputArtifacts": [
                { "name": "Source", "revision": "e0c7", "location": { "type": "S3",
                  "s3Location": { "bucketName": "b", "objectKey": "p/Source/TdOSFRV" } } },
                { "name": "Image", "revision": null, "location": { "type": "S3",
                  "s3Location": { "bucketName": "b", "objectKey": "p/Image/D0YHsJn" } } },
            ],
            "outputArtifacts": [],
            "artifactCredentials": { "accessKeyId": "AKIA", "secretAccessKey": "hidden", "sessionToken": "hidden",
                "expirationTime": 1_575_493_418_000_i64 },
            "continuationToken": "t",
        } } });
        let job = Job::read(&event).expect("a job");
        assert_eq!((job.id.as_str(), job.token.as_deref(), job.artifacts.len()), ("j", Some("t"), 2));
        assert_eq!(job.artifact("x", None).expect("the first").name, "Source");
        assert_eq!(job.artifact("x", Some("Image")).expect("the second").key, "p/Image/D0YHsJn");
        let told = job.artifact("appSpecTemplateArtifact", Some("Build")).expect_err("no such artifact");
        let message = "appSpecTemplateArtifact is Build, and the action's input artifacts are: Source, Image";
        assert_eq!(told.to_string(), message);
        assert!(!format!("{job:?}").contains("hidden"), "{job:?}");

        for other in
            [json!({}), json!({ "CodePipeline.job": {} }), json!({ "CodePipeline.job": { "id": 7 } })]
        {
            assert_eq!(Job::read(&other).expect_err("no job"), "not a job of CodePipeline");
        }
        let bare = Job::read(&json!({ "CodePipeline.job": { "id": "j" } })).expect("a job");
        assert!(bare.artifact("x", None).is_err() && bare.credentials().is_err());
    }
}
