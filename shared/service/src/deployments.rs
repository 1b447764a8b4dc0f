//! Reading deployments: one, some, and lists of them.

use std::collections::HashMap;

use cutover_core::ids::{DeploymentId, GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_core::view;
use cutover_ports::table::Place;
use cutover_store::codec::StoreError;
use cutover_store::state::{self, Stored};
use cutover_store::{key, lists};
use cutover_wire::api::deployment::*;
use cutover_wire::api::error::ApiError;

use crate::error::{Answer, refuse};
use crate::fields::{self, APPLICATION, GROUP, shortened, within_batch};
use crate::service::{PAGE, Service};
use crate::tokens::PlaceBody;

/// Most ids of one BatchGetDeployments (behaviour: quotas: 25, older text 100; the larger one holds here).
const BATCH: usize = 100;
/// Table pages that one ListDeployments reads in search of a rare status, before it answers what it has.
const SEARCH_PAGES: usize = 10;
const STATUSES: [&str; 8] =
    ["Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready"];

impl Service {
    /// GetDeployment.
    pub async fn get_deployment(&self, scope: &Scope, input: DeploymentInput) -> Answer<GetDeploymentOutput> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        let info = self.deployment_info(scope, &planned, &stored.deployment).await?;
        Ok(GetDeploymentOutput { deployment_info: info })
    }

    /// BatchGetDeployments. Those that do not exist are left out.
    pub async fn batch_get_deployments(
        &self,
        scope: &Scope,
        input: BatchGetDeploymentsInput,
    ) -> Answer<BatchGetDeploymentsOutput> {
        let ids = input.deployment_ids.unwrap_or_default();
        if ids.is_empty() {
            return Err(refuse("DeploymentIdRequiredException", "At least one deployment id is required."));
        }
        within_batch(ids.len(), BATCH)?;
        let ids = ids.iter().map(|id| fields::valid_deployment_id(id)).collect::<Result<Vec<_>, _>>()?;
        let states = self.states(scope, &ids).await?;
        let mut output = BatchGetDeploymentsOutput::default();
        for id in &ids {
            if let Some(stored) = states.get(id)
                && let Some(planned) = self.deployments().planned(scope, id).await?
            {
                let info = self.deployment_info(scope, &planned, &stored.deployment).await?;
                output.deployments_info.push(info);
            }
        }
        Ok(output)
    }

    async fn states(&self, scope: &Scope, ids: &[DeploymentId]) -> Answer<HashMap<DeploymentId, Stored>> {
        let mut keys: Vec<_> = ids.iter().map(|id| key::state(scope, id)).collect();
        keys.sort();
        keys.dedup();
        let items = self.table().batch_get(&keys).await.map_err(StoreError::from)?;
        let named = |item| state::from_item(item).map(|stored| (stored.deployment.id.clone(), stored));
        Ok(items.iter().map(named).collect::<Result<_, _>>()?)
    }

    /// ListDeployments, newest first. A page may hold fewer than there are, even none: the token says
    /// whether there is more.
    pub async fn list_deployments(
        &self,
        scope: &Scope,
        input: ListDeploymentsInput,
    ) -> Answer<ListDeploymentsOutput> {
        let statuses = statuses(&input)?;
        let (from, to) = range(&input)?;
        let group = self.listed_group(scope, &input).await?;
        if input.external_id.is_some() {
            // No deployment of ours belongs to a stack.
            return Ok(ListDeploymentsOutput::default());
        }
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let list = format!("deployments of {group:?} {statuses:?} {:?} {:?}", millis(from), millis(to));
        let token: Option<PlaceBody> = self.tokens.read(scope, &list, &input.next_token)?;
        let mut after: Option<Place> = token.map(Into::into);
        let mut output = ListDeploymentsOutput::default();
        for _ in 0..SEARCH_PAGES {
            let room = PAGE - output.deployments.len();
            let page =
                lists::deployments(self.table(), scope, group.as_ref(), (from, to), after, room).await?;
            let wanted = |stored: &&Stored| {
                statuses.is_empty() || statuses.iter().any(|s| s == view::status(&stored.deployment))
            };
            let ids = page.found.iter().filter(wanted).map(|stored| stored.deployment.id.to_string());
            output.deployments.extend(ids);
            after = page.next;
            if after.is_none() || output.deployments.len() == PAGE {
                break;
            }
        }
        output.next_token = after.map(|place| self.tokens.issue(scope, &list, &PlaceBody::from(place)));
        Ok(output)
    }

    /// The group that a list is about; application and group are named together or not at all.
    async fn listed_group(&self, scope: &Scope, input: &ListDeploymentsInput) -> Answer<Option<GroupId>> {
        if input.application_name.is_none() && input.deployment_group_name.is_none() {
            return Ok(None);
        }
        let application = APPLICATION.of(&input.application_name)?;
        let group = GROUP.of(&input.deployment_group_name)?;
        let (application, _) = self.application(scope, application).await?;
        Ok(Some(self.group(scope, &application.id, group).await?.0.id))
    }
}

fn statuses(input: &ListDeploymentsInput) -> Result<Vec<String>, ApiError> {
    let statuses = input.include_only_statuses.clone().unwrap_or_default();
    match statuses.iter().find(|s| !STATUSES.contains(&s.as_str())) {
        Some(stranger) => {
            let known = STATUSES.join(", ");
            let message = format!("The status {:?} is none of {known}.", shortened(stranger));
            Err(ApiError::refused("InvalidDeploymentStatusException", message))
        }
        None => Ok(statuses),
    }
}

fn range(input: &ListDeploymentsInput) -> Result<(Option<Timestamp>, Option<Timestamp>), ApiError> {
    let Some(range) = &input.create_time_range else { return Ok((None, None)) };
    let (from, to) = (range.start.map(|t| t.0), range.end.map(|t| t.0));
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            let message = "createTimeRange ends before it starts.";
            Err(ApiError::refused("InvalidTimeRangeException", message))
        }
        ends => Ok(ends),
    }
}
