//! EC2 instances as an inventory: those that carry a group's tags.

use async_trait::async_trait;
use cutover_core::fleet_plan::{Selection, TagFilter, selects};
use cutover_core::ids::Scope;
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use roxmltree::Node;

use crate::caller::Place;
use crate::query::{Client, Service, child, list, text};
use crate::sdk::{Sdk, listed};

const EC2: Service = Service { place: Place { name: "ec2", id: "EC2" }, version: "2016-11-15" };
/// behaviour: tag selection. Stopped instances belong to the group and count as unhealthy; those that are going for
/// good do not belong to it any more.
const STATES: [&str; 4] = ["pending", "running", "stopping", "stopped"];
/// The most that EC2 gives at once.
const PAGE: usize = 1_000;
/// Pages that are read: many times what a group may have.
const MOST_PAGES: usize = 20;

/// The EC2 instances of an account and region.
#[derive(Debug, Clone)]
pub struct Ec2Instances {
    client: Client,
}

impl Ec2Instances {
    /// Of the configured account.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, EC2) }
    }

    async fn pages(&self, region: &str, filters: &[Vec<TagFilter>]) -> Result<Vec<FoundHost>, CallError> {
        let asked = parameters(filters);
        let (mut found, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let mut asked = asked.clone();
            asked.extend(next.map(|token| ("NextToken".to_owned(), token)));
            let page = self.client.ask(region, "DescribeInstances", &asked, |root| read(root, filters)).await;
            let page = page.map_err(|fault| fault.into_call_error(|| "EC2".to_owned()))?;
            found.extend(page.found);
            next = page.next;
            if next.is_none() {
                return Ok(found);
            }
        }
        Err(CallError::Refused { message: format!("there are more than {} instances", MOST_PAGES * PAGE) })
    }
}

#[async_trait]
impl Inventory for Ec2Instances {
    async fn select(&self, scope: &Scope, selection: &Selection) -> Result<Vec<FoundHost>, CallError> {
        if selection.ec2.is_empty() {
            return Ok(Vec::new());
        }
        listed("EC2", self.pages(&scope.region, &selection.ec2)).await
    }
}

struct Page {
    found: Vec<FoundHost>,
    next: Option<String>,
}

fn read(root: Node<'_, '_>, filters: &[Vec<TagFilter>]) -> Page {
    let instances = list(root, "reservationSet").flat_map(|reservation| list(reservation, "instancesSet"));
    let found = instances.filter_map(|instance| {
        let tag =
            |tag| Some((text(tag, "key")?.to_owned(), text(tag, "value").unwrap_or_default().to_owned()));
        let tags: Vec<_> = list(instance, "tagSet").filter_map(tag).collect();
        let zone = child(instance, "placement").and_then(|placement| text(placement, "availabilityZone"));
        let name = text(instance, "instanceId").filter(|_| selects(filters, &tags))?.to_owned();
        Some(FoundHost { name, zone: zone.map(str::to_owned), poll_gap_ms: 0 })
    });
    Page { found: found.collect(), next: text(root, "nextToken").map(str::to_owned) }
}

/// What EC2 is asked for: as little more than the group's instances as its filters can say. It takes an AND of
/// filters, each an OR of values, but no OR of filters; the rest is done by [`selects`].
fn parameters(filters: &[Vec<TagFilter>]) -> Vec<(String, String)> {
    let states = STATES.iter().map(|state| (*state).to_owned()).collect();
    let mut wanted: Vec<(String, Vec<String>)> = vec![("instance-state-name".to_owned(), states)];
    for narrow in filters.iter().filter_map(|any| narrowed(any)) {
        // Two filters of one name are not asked for: what they mean together is not said.
        if !wanted.iter().any(|(name, _)| *name == narrow.0) {
            wanted.push(narrow);
        }
    }
    let mut asked = vec![("MaxResults".to_owned(), PAGE.to_string())];
    for (place, (name, values)) in (1..).zip(wanted) {
        asked.push((format!("Filter.{place}.Name"), name));
        let values = (1..).zip(values);
        asked.extend(values.map(|(nth, value)| (format!("Filter.{place}.Value.{nth}"), value)));
    }
    asked
}

/// The filter that lets everything through that any of these does: by one key and its values, or by keys.
fn narrowed(any: &[TagFilter]) -> Option<(String, Vec<String>)> {
    let keys: Option<Vec<&String>> = any.iter().map(|filter| filter.key.as_ref().filter(plain)).collect();
    let mut keys = keys?;
    keys.sort();
    keys.dedup();
    let values: Option<Vec<String>> = any.iter().map(|filter| filter.value.clone().filter(plain)).collect();
    match (&keys[..], values) {
        ([], _) => None,
        ([key], Some(values)) => Some((format!("tag:{key}"), values)),
        (keys, _) => Some(("tag-key".to_owned(), keys.iter().map(|key| (*key).clone()).collect())),
    }
}

/// Whether EC2 takes it for itself: it knows wildcards.
fn plain(text: &impl AsRef<str>) -> bool {
    !text.as_ref().contains(['*', '?', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(key: &str, value: &str) -> TagFilter {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        TagFilter { key: given(key), value: given(value) }
    }

    #[test]
    fn ec2_is_asked_for_little_more_than_the_group() {
        for (filters, expected) in [
            (vec![vec![filter("role", "web")]], vec![("tag:role", vec!["web"])]),
            (
                vec![vec![filter("role", "web"), filter("role", "api")]],
                vec![("tag:role", vec!["web", "api"])],
            ),
            (
                vec![vec![filter("role", "web"), filter("stage", "")]],
                vec![("tag-key", vec!["role", "stage"])],
            ),
            (vec![vec![filter("role", "")]], vec![("tag-key", vec!["role"])]),
            // Without a key nothing can be said, nor where EC2 would see a wildcard.
            (vec![vec![filter("role", "web"), filter("", "prod")]], vec![]),
            (vec![vec![filter("r*", "web")]], vec![]),
            (vec![vec![filter("role", "w*")]], vec![("tag-key", vec!["role"])]),
            (
                vec![vec![filter("role", "web")], vec![filter("stage", "prod")], vec![filter("role", "x")]],
                vec![("tag:role", vec!["web"]), ("tag:stage", vec!["prod"])],
            ),
        ] {
            let asked = parameters(&filters);
            let named = |name: &str| {
                let filters =
                    asked.iter().filter(|(key, _)| key.starts_with(name) && !key.ends_with(".Name"));
                filters.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
            };
            assert_eq!(named("Filter.1."), STATES);
            for (place, (name, values)) in (2..).zip(&expected) {
                assert!(asked.contains(&(format!("Filter.{place}.Name"), (*name).to_owned())), "{asked:?}");
                assert_eq!(&named(&format!("Filter.{place}.")), values, "{filters:?}");
            }
            assert_eq!(named(&format!("Filter.{}.", expected.len() + 2)), Vec::<&str>::new(), "{filters:?}");
        }
    }
}
