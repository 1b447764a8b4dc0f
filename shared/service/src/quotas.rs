//! How many things there may be (behaviour: quotas of the original, which may be raised and not lowered).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
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
    /// Deployments in an account and region that are not over.
    pub deployments: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { applications: 1_000, groups: 1_000, configs: 200, deployments: 1_300 }
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
            deployments: self.deployments.max(least.deployments),
        }
    }
}

/// GitHub account tokens in an account and region.
const GIT_HUB_TOKENS: usize = 25;
/// Names on one page of a count.
const COUNTED_AT_ONCE: usize = 1_000;

/// How long a count of deployments is taken to hold but for those that are created here: elsewhere others may be.
const COUNT_HOLDS_MS: u64 = 1_000;

/// How many deployments of each scope there are at most, as far as this process knows: counting them for every
/// one that is created would take longer the more there are.
#[derive(Default)]
pub(crate) struct LiveCounts(Mutex<HashMap<Scope, Counted>>);

#[derive(Clone, Copy)]
struct Counted {
    at: Timestamp,
    most: usize,
}

impl LiveCounts {
    /// Takes room for one more, if a count that still holds says that there is some.
    fn take(&self, scope: &Scope, quota: usize, now: Timestamp) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(scope) {
            Some(count) if now.ms_since(count.at) < COUNT_HOLDS_MS && count.most < quota => {
                count.most += 1;
                true
            }
            _ => false,
        }
    }

    fn counted(&self, scope: &Scope, at: Timestamp, most: usize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert(scope.clone(), Counted { at, most });
    }
}

impl Service {
    /// Refuses one deployment more than the quota allows. It is counted whenever it may be the last one; some
    /// that come at the same time may all pass.
    pub(crate) async fn room_for_deployment(&self, scope: &Scope) -> Answer<()> {
        let quota = self.settings.quotas.raised().deployments;
        let now = self.now();
        if self.live.take(scope, quota, now) {
            return Ok(());
        }
        let live = self.deployments().live(scope, quota).await?;
        if live >= quota {
            let message =
                format!("There are {quota} deployments in progress already, and no more are allowed.");
            return Err(refuse("DeploymentLimitExceededException", message));
        }
        self.live.counted(scope, now, live + 1);
        Ok(())
    }

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
            Names::Triggers => (cutover_store::triggers::MOST, "triggers", "TriggerLimitExceededException"),
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
