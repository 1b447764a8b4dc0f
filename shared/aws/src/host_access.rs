//! What hosts that are not on AWS reach: their queues, and sessions of the role of hosts, each narrowed to its own.

use async_trait::async_trait;
use aws_sdk_sqs::types::QueueAttributeName;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::call::CallError;
use cutover_ports::host_access::{HostAccess, HostQueues, Lent};
use serde_json::json;

use crate::error::Fault;
use crate::host_queues::{SqsHosts, digest};
use crate::sdk::variable;

/// How long a session lasts: the most that STS gives to who has a role already.
const SESSION_SECS: i32 = 3_600;
/// Orders that nobody took by then have long been withdrawn.
const RETENTION_SECS: &str = "86400";
/// The lengths that the name of a session may have.
const SESSION_CHARS: std::ops::RangeInclusive<usize> = 2..=64;

/// Queues made and sessions lent. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LentAccess {
    queues: SqsHosts,
    /// The queue that hosts report to.
    reports: String,
    /// The role that hosts get sessions of.
    role: String,
}

impl LentAccess {
    /// The role is given by its ARN, the queue of reports by its URL.
    pub fn new(queues: SqsHosts, reports: impl Into<String>, role: impl Into<String>) -> Self {
        Self { queues, reports: reports.into(), role: role.into() }
    }

    /// From the environment: `CUTOVER_QUEUE_FLEET_REPORT` and `CUTOVER_HOST_ROLE`.
    pub fn from_env(queues: SqsHosts) -> Option<Self> {
        Some(Self::new(queues, variable("CUTOVER_QUEUE_FLEET_REPORT")?, variable("CUTOVER_HOST_ROLE")?))
    }

    /// What a session may do, of all that its role may: its own queue, reports, and revisions.
    fn policy(&self, scope: &Scope, host: &str) -> String {
        let partition = self.role.split(':').nth(1).unwrap_or("aws");
        let queue = |name: &str| format!("arn:{partition}:sqs:{}:{}:{name}", scope.region, scope.account);
        let reports = self.reports.rsplit('/').next().unwrap_or_default();
        let allow = |actions: &[&str], resource: String| json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
        let own = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"];
        json!({ "Version": "2012-10-17", "Statement": [
            allow(&own, queue(&self.queues.name(host))),
            allow(&["sqs:SendMessage"], queue(reports)),
            // The role says which buckets, and that keys decrypt for S3 alone.
            allow(&["s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt"], "*".to_owned()),
        ]})
        .to_string()
    }
}

#[async_trait]
impl HostAccess for LentAccess {
    async fn open(&self, _: &Scope, host: &str) -> Result<HostQueues, CallError> {
        let request = self.queues.sdk.sqs().await.create_queue().queue_name(self.queues.name(host));
        let request = request
            .attributes(QueueAttributeName::MessageRetentionPeriod, RETENTION_SECS)
            .attributes(QueueAttributeName::SqsManagedSseEnabled, "true");
        if let Err(error) = request.send().await {
            let fault = Fault::of(&error);
            let ends = |end: &str| fault.code.as_deref().is_some_and(|code| code.ends_with(end));
            if ends("QueueDeletedRecently") {
                let message = format!("the queue of {host} was removed less than a minute ago");
                return Err(CallError::Transient { message });
            }
            // There, with other settings.
            if !ends("QueueNameExists") && !ends("QueueAlreadyExists") {
                return Err(fault.into_call_error(|| format!("the queue of {host}")));
            }
        }
        Ok(HostQueues { orders: self.queues.url(host), reports: self.reports.clone() })
    }

    async fn close(&self, _: &Scope, host: &str) -> Result<(), CallError> {
        self.queues
            .remove(host)
            .await
            .map_err(|fault| fault.into_call_error(|| format!("the queue of {host}")))
    }

    async fn lend(&self, scope: &Scope, host: &str) -> Result<Lent, CallError> {
        let request = self.queues.sdk.sts().await.assume_role().role_arn(&self.role);
        let request = request.role_session_name(session_name(host)).policy(self.policy(scope, host));
        let answer = request.duration_seconds(SESSION_SECS).send().await;
        let answer = answer.map_err(|error| Fault::of(&error).into_call_error(|| self.role.clone()))?;
        let none = || CallError::Transient { message: "STS answered no credentials".to_owned() };
        let lent = answer.credentials.ok_or_else(none)?;
        let expires_at = lent.expiration.to_millis().map_err(|_| none())?;
        Ok(Lent {
            id: lent.access_key_id,
            secret: lent.secret_access_key,
            token: lent.session_token,
            expires_at: Timestamp::from_millis(expires_at),
        })
    }
}

/// A session is named after its host, or after its digest where STS takes no such name.
fn session_name(host: &str) -> String {
    if SESSION_CHARS.contains(&host.len()) { host.to_owned() } else { format!("host-{}", digest(host)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::Sdk;

    #[test]
    fn a_session_reaches_its_own_hosts_queue_and_no_other() {
        let queues = SqsHosts::beside(Sdk::emulator("http://127.0.0.1:1"), "https://sqs/1/q", "c-");
        let access =
            LentAccess::new(queues.expect("a URL"), "https://sqs/1/c-report", "arn:aws-cn:iam::1:role/h");
        let policy = access.policy(&Scope::new("1", "cn-north-1"), "web-1");
        let policy: serde_json::Value = serde_json::from_str(&policy).expect("JSON");
        let resources: Vec<_> = (0..3).map(|n| policy["Statement"][n]["Resource"].as_str()).collect();
        let own = "arn:aws-cn:sqs:cn-north-1:1:c-host-web-1";
        assert_eq!(resources, [Some(own), Some("arn:aws-cn:sqs:cn-north-1:1:c-report"), Some("*")]);
        // STS takes 2,048 characters.
        assert!(access.policy(&Scope::new("123456789012", "ap-southeast-2"), &"x".repeat(100)).len() < 1_000);
    }

    #[test]
    fn sessions_have_names_that_sts_takes() {
        assert_eq!(session_name("a.b@c"), "a.b@c");
        for host in ["x", &"x".repeat(65)] {
            assert!(
                SESSION_CHARS.contains(&session_name(host).len()) && session_name(host).starts_with("host-")
            );
        }
    }
}
