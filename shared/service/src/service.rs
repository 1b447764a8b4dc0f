//! The service and what it stands on.

use std::sync::Arc;

use cutover_core::ids::{DeploymentId, Scope, uuid_from_bits};
use cutover_core::time::Timestamp;
use cutover_driver::acts::fleet::Lookup;
use cutover_driver::driver::Driver;
use cutover_driver::shards::Shards;
use cutover_ports::call::CallError;
use cutover_ports::clock::{Clock, Entropy};
use cutover_ports::git_hub::GitHub;
use cutover_ports::inventory::Inventory;
use cutover_ports::secrets::Sealer;
use cutover_ports::table::Table;
use cutover_store::application::Applications;
use cutover_store::catalog::Configs;
use cutover_store::deployments::Deployments;
use cutover_store::groups::Groups;
use cutover_store::hosts::Hosts;
use cutover_store::plans::Planned;
use cutover_store::revisions::Revisions;
use cutover_store::state::Stored;

use cutover_wire::api::error::ApiError;

use crate::archives::Archiving;
use crate::arn;
use crate::error::{Answer, refuse};
use crate::instance_proof::Instances;
use crate::outgoing::Outgoing;
use crate::quotas::{LiveCounts, Quotas};
use crate::rules::given;
use crate::tokens::Tokens;

/// Tries of a write against concurrent ones.
pub(crate) const TRIES: usize = 8;
/// Names or ids on one page of a list.
pub(crate) const PAGE: usize = 100;
/// Table pages that one list reads in search of what a filter lets pass, before it answers what it has.
pub(crate) const SEARCH_PAGES: usize = 10;

/// What the principal of a caller ends with whom nobody has checked.
pub const UNVERIFIED: &str = " (not verified)";

/// What differs between installations.
#[derive(Clone)]
pub struct Settings {
    /// What the waits of plans are divided by; 1 in production.
    pub speed: u32,
    /// How long a hook may take to answer.
    pub hook_timeout_ms: u64,
    /// How long after its next poll a host may take to accept its order.
    pub accept_ms: u64,
    /// The region whose aliases and hooks it acts upon; resources of other regions are kept all the same.
    pub region: String,
    /// How many things there may be.
    pub quotas: Quotas,
    /// Authenticates page tokens: any 32 secret bytes, the same wherever the API is answered.
    pub token_key: [u8; 32],
    /// Seals the secrets that are stored. Without it none are taken.
    pub sealer: Option<Arc<dyn Sealer>>,
}

/// Who calls, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account and region that the call is about.
    pub scope: Scope,
    /// Who, as far as that is known: for the audit.
    pub principal: Option<String>,
}

impl Caller {
    /// The enrolled host that calls, if it is one and somebody has checked that.
    pub fn host(&self) -> Option<&str> {
        arn::host_of_session(&self.scope.account, self.principal.as_deref()?)
    }

    /// Whether it may ask and answer for the host of that name: it is that host, or nobody checks who calls.
    pub fn may_be_host(&self, name: &str) -> bool {
        let unchecked = self.principal.as_deref().is_none_or(|who| who.ends_with(UNVERIFIED));
        unchecked || self.host() == Some(name)
    }
}

/// The use cases. Share it by `Arc`.
pub struct Service {
    pub(crate) driver: Arc<Driver>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: Settings,
    pub(crate) applications: Applications,
    pub(crate) groups: Groups,
    pub(crate) configs: Configs,
    pub(crate) revisions: Revisions,
    pub(crate) hosts: Hosts,
    pub(crate) tokens: Tokens,
    pub(crate) live: LiveCounts,
    pub(crate) shards: Option<Shards>,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) archiving: Archiving,
    pub(crate) desk: Option<String>,
    pub(crate) instances: Option<Instances>,
    pub(crate) git_hub: Option<Arc<dyn GitHub>>,
    pub(crate) webhooks: Option<String>,
    pub(crate) outgoing: Outgoing,
}

impl Service {
    /// Over this driver and its store.
    pub fn new(
        driver: Arc<Driver>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        let table = driver.deployments().table().clone();
        Self {
            applications: Applications::new(table.clone()),
            groups: Groups::new(table.clone()),
            configs: Configs::new(table.clone()),
            revisions: Revisions::new(table.clone()),
            hosts: Hosts::new(table),
            tokens: Tokens::new(settings.token_key),
            live: LiveCounts::default(),
            shards: None,
            lookup: None,
            archiving: Archiving::Nowhere,
            desk: None,
            instances: None,
            git_hub: None,
            webhooks: None,
            outgoing: Outgoing::default(),
            driver,
            clock,
            entropy,
            settings,
        }
    }

    /// The same, for an installation that deploys to hosts.
    pub fn with_fleets(self, shards: Shards) -> Self {
        Self { shards: Some(shards), ..self }
    }

    /// The same, for one that deploys to hosts and may list those of this inventory: it plans ahead for them.
    pub fn with_inventory(self, inventory: Arc<dyn Inventory>) -> Self {
        let lookup = self.shards.clone().map(|shards| Lookup::new(shards, inventory));
        Self { lookup, ..self }
    }

    /// The same, for an installation where archives of commits are brought into S3.
    pub fn with_archives(self, archiving: Archiving) -> Self {
        Self { archiving, ..self }
    }

    /// The same, for an installation whose hosts enrol at another address than the API's.
    pub fn with_desk(self, url: Option<String>) -> Self {
        Self { desk: url, ..self }
    }

    /// The same, for an installation where EC2 instances may enrol by their roles.
    pub fn with_instances(self, instances: Option<Instances>) -> Self {
        Self { instances, ..self }
    }

    /// The same, for an installation that asks GitHub for revisions that not everybody may read.
    pub fn with_git_hub(self, git_hub: Arc<dyn GitHub>) -> Self {
        Self { git_hub: Some(git_hub), ..self }
    }

    /// The same, for an installation that knows where its webhooks are: the name of a trigger stands behind it.
    pub fn with_webhooks(self, url: Option<String>) -> Self {
        Self { webhooks: url, ..self }
    }

    /// The same, for an installation that tells others of its deployments.
    pub fn with_outgoing(self, outgoing: Outgoing) -> Self {
        Self { outgoing, ..self }
    }

    pub(crate) fn deployments(&self) -> &Deployments {
        self.driver.deployments()
    }

    pub(crate) fn table(&self) -> &dyn Table {
        self.deployments().table().as_ref()
    }

    /// A secret, sealed for the place that it is stored at. `what` names it to those whose secret is refused where there is
    /// no key to seal it with.
    pub(crate) async fn sealed(&self, what: &str, place: &str, secret: &str) -> Answer<String> {
        let Some(sealer) = &self.settings.sealer else {
            let message = format!("This Cutover has no key to seal secrets with, so it takes no {what}.");
            return Err(refuse("OperationNotSupportedException", message));
        };
        sealer.seal(place, secret).await.map_err(|error| {
            tracing::error!(%error, "a secret cannot be sealed");
            ApiError::unavailable("The key that secrets are sealed with cannot be had.").into()
        })
    }

    /// What was sealed for that place, if it can be opened here.
    pub(crate) async fn opened(&self, place: &str, sealed: &str) -> Result<Option<String>, CallError> {
        match &self.settings.sealer {
            Some(sealer) => sealer.open(place, sealed).await,
            None => Ok(None),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn uuid(&self) -> String {
        uuid_from_bits(self.entropy.bits())
    }

    pub(crate) fn deployment_id(&self) -> DeploymentId {
        DeploymentId::from_bits(self.entropy.bits() as u64)
    }

    /// The deployment of that valid id; DeploymentDoesNotExistException if there is none.
    pub(crate) async fn deployment(
        &self,
        scope: &Scope,
        id: &Option<String>,
    ) -> Answer<(Arc<Planned>, Stored)> {
        let id = DeploymentId::new(given(id));
        let planned = self.deployments().planned(scope, &id).await?;
        let stored = self.deployments().load(scope, &id).await?;
        planned.zip(stored).ok_or_else(|| no_deployment(&id))
    }
}

pub(crate) fn no_deployment(id: &DeploymentId) -> crate::error::ServiceError {
    refuse("DeploymentDoesNotExistException", format!("The deployment {id} could not be found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_stands_for_itself_and_somebody_unchecked_for_any() {
        let scope = Scope::new("123456789012", "eu-west-1");
        let host = arn::host_session("123456789012", "web-1");
        for (principal, is, may) in [
            (None, None, true),
            (Some(host.clone()), Some("web-1"), true),
            (Some(arn::host_session("123456789012", "web-2")), Some("web-2"), false),
            (Some(arn::host_session("999999999999", "web-1")), None, false),
            (Some(arn::host_session("123456789012", "")), None, false),
            (Some(format!("{host}{UNVERIFIED}")), None, true),
            (Some("arn:aws:iam::123456789012:user/web-1".to_owned()), None, false),
        ] {
            let caller = Caller { scope: scope.clone(), principal };
            assert_eq!((caller.host(), caller.may_be_host("web-1")), (is, may), "{caller:?}");
        }
    }
}
