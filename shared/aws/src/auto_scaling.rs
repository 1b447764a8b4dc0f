//! Auto Scaling groups: their instances in service as an inventory, and their processes.

use async_trait::async_trait;
use cutover_core::fleet_plan::Selection;
use cutover_core::ids::Scope;
use cutover_core::scaling::{Processes, Suspended};
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_ports::scaling::ScalingProcesses;
use roxmltree::Node;

use crate::caller::Place;
use crate::error::Fault;
use crate::query::{Client, Service, child, list, text};
use crate::sdk::{Sdk, listed};

const NAME: &str = "Auto Scaling";
const AUTO_SCALING: Service =
    Service { place: Place { name: "autoscaling", id: NAME }, version: "2011-01-01" };
/// The most groups that Auto Scaling gives at once.
const PAGE: usize = 100;
/// Pages that are read: names are unique, and a deployment group has a few.
const MOST_PAGES: usize = 10;
/// behaviour: Auto Scaling. Instances on their way in or out, or on standby, are not deployed to.
const IN_SERVICE: &str = "InService";

/// The Auto Scaling groups of an account.
#[derive(Debug, Clone)]
pub struct AutoScaling {
    client: Client,
}

/// A group as DescribeAutoScalingGroups tells of it.
struct Group {
    name: String,
    in_service: Vec<FoundHost>,
    suspended: Vec<String>,
}

impl AutoScaling {
    /// Of the configured account.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, AUTO_SCALING) }
    }

    /// Those of these groups that exist.
    async fn groups(&self, region: &str, names: &[String]) -> Result<Vec<Group>, CallError> {
        let mut asked = members("AutoScalingGroupNames", names);
        asked.push(("MaxRecords".to_owned(), PAGE.to_string()));
        let (mut found, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let mut asked = asked.clone();
            asked.extend(next.map(|token| ("NextToken".to_owned(), token)));
            let page = self.client.ask(region, "DescribeAutoScalingGroups", &asked, read).await;
            let page = page.map_err(sorted)?;
            found.extend(page.groups);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn change(&self, scope: &Scope, action: &str, of: &Processes) -> Result<(), CallError> {
        let mut asked = members("ScalingProcesses", &of.names);
        asked.push(("AutoScalingGroupName".to_owned(), of.group.clone()));
        listed(NAME, async { self.client.tell(&scope.region, action, &asked).await.map_err(sorted) }).await
    }
}

#[async_trait]
impl Inventory for AutoScaling {
    async fn select(&self, scope: &Scope, selection: &Selection) -> Result<Vec<FoundHost>, CallError> {
        let names = &selection.auto_scaling_groups;
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let groups = listed(NAME, self.groups(&scope.region, names)).await?;
        match names.iter().find(|name| !groups.iter().any(|group| group.name == **name)) {
            Some(name) => Err(CallError::Gone { what: format!("the Auto Scaling group {name}") }),
            None => Ok(groups.into_iter().flat_map(|group| group.in_service).collect()),
        }
    }
}

#[async_trait]
impl ScalingProcesses for AutoScaling {
    async fn suspended(&self, scope: &Scope, groups: &[String]) -> Result<Suspended, CallError> {
        // No name would mean all groups.
        if groups.is_empty() {
            return Ok(Suspended::new());
        }
        let found = listed(NAME, self.groups(&scope.region, groups)).await?;
        Ok(found.into_iter().map(|group| (group.name, group.suspended)).collect())
    }

    async fn suspend(&self, scope: &Scope, of: &Processes) -> Result<(), CallError> {
        self.change(scope, "SuspendProcesses", of).await
    }

    async fn resume(&self, scope: &Scope, of: &Processes) -> Result<(), CallError> {
        self.change(scope, "ResumeProcesses", of).await
    }
}

fn sorted(fault: Fault) -> CallError {
    fault.into_call_error(|| NAME.to_owned())
}

/// A list as the protocol spells it.
fn members(name: &str, of: &[String]) -> Vec<(String, String)> {
    (1..).zip(of).map(|(nth, member)| (format!("{name}.member.{nth}"), member.clone())).collect()
}

struct Page {
    groups: Vec<Group>,
    next: Option<String>,
}

fn read(root: Node<'_, '_>) -> Page {
    let Some(result) = child(root, "DescribeAutoScalingGroupsResult") else {
        return Page { groups: Vec::new(), next: None };
    };
    let groups = list(result, "AutoScalingGroups").filter_map(group).collect();
    Page { groups, next: text(result, "NextToken").map(str::to_owned) }
}

fn group(node: Node<'_, '_>) -> Option<Group> {
    let serving = list(node, "Instances").filter(|one| text(*one, "LifecycleState") == Some(IN_SERVICE));
    let host = |one| {
        let zone = text(one, "AvailabilityZone").map(str::to_owned);
        Some(FoundHost { name: text(one, "InstanceId")?.to_owned(), zone, poll_gap_ms: 0 })
    };
    let suspended = list(node, "SuspendedProcesses").filter_map(|one| text(one, "ProcessName"));
    Some(Group {
        name: text(node, "AutoScalingGroupName")?.to_owned(),
        in_service: serving.filter_map(host).collect(),
        suspended: suspended.map(str::to_owned).collect(),
    })
}
