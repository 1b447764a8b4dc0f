//! Auto Scaling groups as an inventory: their instances in service.

use async_trait::async_trait;
use cutover_core::fleet_plan::Selection;
use cutover_core::ids::Scope;
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use roxmltree::Node;

use crate::caller::Place;
use crate::query::{Client, Service, child, list, text};
use crate::sdk::{Sdk, listed};

const AUTO_SCALING: Service =
    Service { place: Place { name: "autoscaling", id: "Auto Scaling" }, version: "2011-01-01" };
/// The most groups that Auto Scaling gives at once.
const PAGE: usize = 100;
/// Pages that are read: names are unique, and a deployment group has a few.
const MOST_PAGES: usize = 10;
/// behaviour: Auto Scaling. Instances on their way in or out, or on standby, are not deployed to.
const IN_SERVICE: &str = "InService";

/// The instances of Auto Scaling groups.
#[derive(Debug, Clone)]
pub struct AutoScalingInstances {
    client: Client,
}

impl AutoScalingInstances {
    /// Of the configured account.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, AUTO_SCALING) }
    }

    async fn pages(&self, region: &str, names: &[String]) -> Result<Vec<FoundHost>, CallError> {
        let asked = (1..).zip(names).map(|(nth, name)| (format!("AutoScalingGroupNames.member.{nth}"), name));
        let mut asked: Vec<(String, String)> = asked.map(|(key, name)| (key, name.clone())).collect();
        asked.push(("MaxRecords".to_owned(), PAGE.to_string()));
        let (mut found, mut missing, mut next) = (Vec::new(), names.to_vec(), None);
        for _ in 0..MOST_PAGES {
            let mut asked = asked.clone();
            asked.extend(next.map(|token| ("NextToken".to_owned(), token)));
            let page = self.client.ask(region, "DescribeAutoScalingGroups", &asked, read).await;
            let page = page.map_err(|fault| fault.into_call_error(|| "Auto Scaling".to_owned()))?;
            missing.retain(|name| !page.groups.contains(name));
            found.extend(page.found);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        match missing.first() {
            Some(name) => Err(CallError::Gone { what: format!("the Auto Scaling group {name}") }),
            None => Ok(found),
        }
    }
}

#[async_trait]
impl Inventory for AutoScalingInstances {
    async fn select(&self, scope: &Scope, selection: &Selection) -> Result<Vec<FoundHost>, CallError> {
        if selection.auto_scaling_groups.is_empty() {
            return Ok(Vec::new());
        }
        listed("Auto Scaling", self.pages(&scope.region, &selection.auto_scaling_groups)).await
    }
}

struct Page {
    groups: Vec<String>,
    found: Vec<FoundHost>,
    next: Option<String>,
}

fn read(root: Node<'_, '_>) -> Page {
    let mut page = Page { groups: Vec::new(), found: Vec::new(), next: None };
    let Some(result) = child(root, "DescribeAutoScalingGroupsResult") else { return page };
    for group in list(result, "AutoScalingGroups") {
        page.groups.extend(text(group, "AutoScalingGroupName").map(str::to_owned));
        let serving = list(group, "Instances").filter(|one| text(*one, "LifecycleState") == Some(IN_SERVICE));
        page.found.extend(serving.filter_map(|one| {
            let zone = text(one, "AvailabilityZone").map(str::to_owned);
            Some(FoundHost { name: text(one, "InstanceId")?.to_owned(), zone, poll_gap_ms: 0 })
        }));
    }
    page.next = text(result, "NextToken").map(str::to_owned);
    page
}
