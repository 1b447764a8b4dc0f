//! How many things there may be (behaviour: quotas of the original, which may be raised and not lowered).

use cutover_core::ids::Scope;
use cutover_store::lists::{self, Names};

use crate::error::{Answer, refuse};
use crate::service::Service;

/// How many there may be of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Applications in an account and region.
    pub applications: usize,
    /// Deployment groups in an application.
    pub groups: usize,
    /// Custom deployment configurations in an account and region.
    pub configs: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { applications: 1_000, groups: 1_000, configs: 200 }
    }
}

impl Quotas {
    /// These quotas, each at least the original's.
    pub fn raised(self) -> Self {
        let least = Self::default();
        Self {
            applications: self.applications.max(least.applications),
            groups: self.groups.max(least.groups),
            configs: self.configs.max(least.configs),
        }
    }
}

/// GitHub account tokens in an account and region.
const GIT_HUB_TOKENS: usize = 25;
/// Names on one page of a count.
const COUNTED_AT_ONCE: usize = 1_000;

impl Service {
    /// Refuses one more than the quota allows. Two that come at the same time may both pass.
    pub(crate) async fn room_for(&self, scope: &Scope, which: Names<'_>) -> Answer<()> {
        let quotas = self.settings.quotas.raised();
        let (quota, what, code) = match which {
            Names::Groups(_) => (
                quotas.groups,
                "deployment groups of an application",
                "DeploymentGroupLimitExceededException",
            ),
            Names::Configs => {
                (quotas.configs, "deployment configurations", "DeploymentConfigLimitExceededException")
            }
            Names::GitHubTokens => {
                (GIT_HUB_TOKENS, "GitHub account tokens", "GitHubAccountTokenLimitExceededException")
            }
            Names::Applications => (quotas.applications, "applications", "ApplicationLimitExceededException"),
        };
        let (mut count, mut after) = (0, None);
        loop {
            let page = lists::names(self.table(), scope, which, after, COUNTED_AT_ONCE).await?;
            count += page.found.len();
            if count >= quota {
                let message = format!("There are {quota} {what} already, and no more are allowed.");
                return Err(refuse(code, message));
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
