//! The part of a plan that is about a fleet: which hosts, what there is to do on them, by which rule.

use serde::{Deserialize, Serialize};

use crate::fleet::minimum::FleetMinimum;
use crate::fleet::rule::Zonal;
use crate::host_work::HostWork;
use crate::limits::SHARD_HOSTS;
use crate::plan::{AlarmPlan, Step};

fn shard_hosts() -> usize {
    SHARD_HOSTS
}

/// What a plan says about its fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetPlan {
    /// Which hosts take part; looked up once, when the deployment starts.
    pub selection: Selection,
    /// Only hosts whose last deployment in the group was of another revision (updateOutdatedInstancesOnly).
    #[serde(default)]
    pub outdated_only: bool,
    /// The processes of its Auto Scaling groups that are suspended until the deployment is over
    /// (autoScalingGroupProcessesToSuspend).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspend: Vec<String>,
    /// Whether hosts that Auto Scaling launches meanwhile get the revision afterwards (outdatedInstancesStrategy).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub update_launched: bool,
    /// How many must stay healthy.
    pub minimum: FleetMinimum,
    /// Present where zones take turns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zonal: Option<Zonal>,
    /// How long after its next poll a host may take to accept its order, in milliseconds.
    pub accept_ms: u64,
    /// The most hosts of a shard.
    #[serde(default = "shard_hosts")]
    pub shard_hosts: usize,
    /// What each is to do.
    pub work: HostWork,
    /// What tells this revision from others.
    pub revision: String,
    /// What a rollback deployment puts back: the group's last successful revision, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<Previous>>,
}

impl FleetPlan {
    /// The Auto Scaling groups of which processes are suspended.
    pub fn suspended_groups(&self) -> &[String] {
        if self.suspend.is_empty() { &[] } else { &self.selection.auto_scaling_groups }
    }

    /// The hosts, then all of them; alarms are read before anything is touched and watched from then on. Processes of
    /// Auto Scaling groups are suspended last, and noted before. Hosts that these launched meanwhile are looked for when
    /// all is done.
    pub(crate) fn steps(&self, alarms: &AlarmPlan) -> Vec<Step> {
        let check = (!alarms.names.is_empty()).then_some(Step::CheckAlarms);
        let suspends = !self.suspended_groups().is_empty();
        let suspend = [Step::LookAtProcesses, Step::SuspendProcesses].into_iter().filter(|_| suspends);
        let looks = self.update_launched && !self.selection.auto_scaling_groups.is_empty();
        let again = looks.then_some(Step::LookAgain);
        let before = [Step::ResolveFleet].into_iter().chain(check).chain(suspend);
        before.chain([Step::RunFleet]).chain(again).collect()
    }
}

/// The group's last successful revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// What there is to do.
    pub work: HostWork,
    /// What tells the revision from others.
    pub revision: String,
}

/// Which hosts belong to a group (behaviour: tag selection). A list of lists is an AND of ORs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// By the tags of on-premises instances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_premises: Vec<Vec<TagFilter>>,
    /// By the tags of EC2 instances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ec2: Vec<Vec<TagFilter>>,
    /// By the names of Auto Scaling groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auto_scaling_groups: Vec<String>,
}

/// One filter: a key, a value or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagFilter {
    /// The key, unless any will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The value, unless any will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl TagFilter {
    fn matches(&self, (key, value): &(String, String)) -> bool {
        self.key.as_ref().is_none_or(|wanted| wanted == key)
            && self.value.as_ref().is_none_or(|wanted| wanted == value)
    }
}

/// Whether these tags fulfil an AND of ORs; no filter selects nobody.
pub fn selects(filters: &[Vec<TagFilter>], tags: &[(String, String)]) -> bool {
    let one = |any: &Vec<TagFilter>| any.iter().any(|filter| tags.iter().any(|tag| filter.matches(tag)));
    !filters.is_empty() && filters.iter().all(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_select() {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let filter = |key: &str, value: &str| TagFilter {
            key: (!key.is_empty()).then(|| key.to_owned()),
            value: (!value.is_empty()).then(|| value.to_owned()),
        };
        let tags = [tag("role", "web"), tag("stage", "prod")];
        for (filters, expected) in [
            (vec![], false),
            (vec![vec![]], false),
            (vec![vec![filter("role", "web")]], true),
            (vec![vec![filter("role", "db")]], false),
            (vec![vec![filter("role", "db"), filter("stage", "")]], true),
            (vec![vec![filter("", "prod")]], true),
            (vec![vec![filter("role", "web")], vec![filter("stage", "test")]], false),
            (vec![vec![filter("role", "web")], vec![filter("stage", "prod")]], true),
            // Key and value must be of one tag.
            (vec![vec![filter("role", "prod")]], false),
        ] {
            assert_eq!(selects(&filters, &tags), expected, "{filters:?}");
        }
    }
}
