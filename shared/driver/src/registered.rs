//! On-premises instances as an inventory: those that are registered and carry the group's tags.

use async_trait::async_trait;
use cutover_core::fleet_plan::{Selection, selects};
use cutover_core::ids::Scope;
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_store::hosts::{Hosts, Which};

/// Hosts read at once.
const PAGE: usize = 100;
/// Pages that are read: more instances than a group may have are none to deploy to.
const MOST_PAGES: usize = 100;

/// The registered on-premises instances.
pub struct Registered(pub Hosts);

#[async_trait]
impl Inventory for Registered {
    async fn select(&self, scope: &Scope, selection: &Selection) -> Result<Vec<FoundHost>, CallError> {
        let (mut found, mut after) = (Vec::new(), None);
        if selection.on_premises.is_empty() {
            return Ok(found);
        }
        for _ in 0..MOST_PAGES {
            let page = self.0.list(scope, Which::Registered, after, PAGE).await;
            let page = page.map_err(|error| CallError::Transient { message: error.to_string() })?;
            let selected = page.found.into_iter().filter(|host| selects(&selection.on_premises, &host.tags));
            found.extend(selected.map(|host| FoundHost { name: host.name, zone: None, poll_gap_ms: 0 }));
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
        Err(CallError::Refused { message: format!("there are more than {} instances", MOST_PAGES * PAGE) })
    }
}
