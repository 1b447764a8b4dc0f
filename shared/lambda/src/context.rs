//! What a function stands on: table, queues and clock, from its environment.

use std::sync::Arc;

use cutover_aws::queue::SqsQueue;
use cutover_aws::queue_urls::QueueUrls;
use cutover_aws::sdk::Sdk;
use cutover_aws::table::DynamoTable;
use cutover_core::ids::Scope;
use cutover_driver::driver::Driver;
use cutover_ports::system::SystemClock;
use cutover_store::deployments::Deployments;

/// A function's environment, read once. Nothing is called before the first event.
pub struct Context {
    /// Clients of the AWS services.
    pub sdk: Sdk,
    /// The driver over the stack's table and queues.
    pub driver: Driver,
    /// The account and region that the function runs in.
    pub scope: Scope,
}

/// An environment variable that the template sets is not there.
#[derive(Debug, PartialEq, Eq)]
pub struct MissingVariable(pub &'static str);

impl std::fmt::Display for MissingVariable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the environment variable {} is not set; template.yaml sets it", self.0)
    }
}

impl std::error::Error for MissingVariable {}

impl Context {
    /// From `CUTOVER_TABLE`, `CUTOVER_QUEUE_*`, `CUTOVER_ACCOUNT` and `AWS_REGION`.
    pub fn from_env() -> Result<Self, MissingVariable> {
        let sdk = Sdk::from_env();
        let table = DynamoTable::from_env(sdk.clone()).ok_or(MissingVariable("CUTOVER_TABLE"))?;
        let queue = SqsQueue::new(sdk.clone(), QueueUrls::from_env());
        let deployments = Arc::new(Deployments::new(Arc::new(table)));
        let driver = Driver::new(deployments, Arc::new(queue), Arc::new(SystemClock));
        let scope = Scope::new(variable("CUTOVER_ACCOUNT")?, variable("AWS_REGION")?);
        Ok(Self { sdk, driver, scope })
    }
}

/// The value of a variable that the template sets.
///
/// # Errors
/// When it is not there.
pub fn variable(name: &'static str) -> Result<String, MissingVariable> {
    std::env::var(name).ok().filter(|v| !v.is_empty()).ok_or(MissingVariable(name))
}
