//! Who makes deployments of requests.

use async_trait::async_trait;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::trigger::rule::{Fetch, Trigger};
use cutover_ports::table::Write;
use cutover_store::group::Group;
use cutover_store::plans::Planned;
use serde_json::Value;

use super::PushError;

/// A deployment that can be created.
pub struct Ready {
    /// Its plan and record.
    pub planned: Planned,
    /// Its group as it was read.
    pub group: Group,
    /// The group's stored version.
    pub version: u64,
    /// What is written with it.
    pub more: Vec<Write>,
    /// Why there is no room for it at the moment, if that is so.
    pub full: Option<String>,
}

/// What was made of a request.
pub enum Made {
    /// A deployment.
    Ready(Box<Ready>),
    /// Nothing, and asking again cannot help.
    Refused(String),
}

/// Makes deployments of requests, as CreateDeployment does.
#[async_trait]
pub trait Maker: Send + Sync {
    /// The deployment that an input of CreateDeployment asks for, whether its group is free or not. Stores nothing.
    async fn make(&self, scope: &Scope, request: &Value) -> Result<Made, PushError>;

    /// Sees to it that what a push is about is where its deployment looks for it. Why it never will be, if that is so.
    async fn bring(
        &self,
        scope: &Scope,
        trigger: &Trigger,
        fetch: &Fetch,
    ) -> Result<Option<String>, PushError>;

    /// Random bits.
    fn bits(&self) -> u64;
}

/// What a start came to.
pub(super) enum Start {
    /// The deployment exists.
    Created(DeploymentId),
    /// What it was based on has changed, or nobody knows.
    Again,
}
