//! Reading deployments: one, some, and lists of them.

use std::collections::HashMap;

use cutover_core::ids::{DeploymentId, GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_core::view::Brief;
use cutover_store::codec::StoreError;
use cutover_store::key;
use cutover_store::lists::{self, Which};
use cutover_store::state;
use cutover_wire::api::deployment::*;
use cutover_wire::api::error::ApiError;

use crate::error::Answer;
use crate::rules::rule::Rule;
use crate::rules::words::{APPLICATION, GROUP};
use crate::rules::{Valid, given};
use crate::service::{SEARCH_PAGES, Service, no_deployment};
use crate::tokens::PlaceBody;

impl Service {
    /// GetDeployment.
    pub async fn get_deployment(
        &self,
        scope: &Scope,
        input: Valid<DeploymentInput>,
    ) -> Answer<GetDeploymentOutput> {
        let id = DeploymentId::new(given(&input.deployment_id));
        let planned = self.deployments().planned(scope, &id).await?;
        let state = self.deployments().brief(scope, &id).await?;
        let (planned, state) = planned.zip(state).ok_or_else(|| no_deployment(&id))?;
        let info = self.deployment_info(scope, &planned, &state).await?;
        Ok(GetDeploymentOutput { deployment_info: info })
    }

    /// BatchGetDeployments. Those that do not exist are left out.
    pub async fn batch_get_deployments(
        &self,
        scope: &Scope,
        input: Valid<BatchGetDeploymentsInput>,
    ) -> Answer<BatchGetDeploymentsOutput> {
        let ids: Vec<_> = input.deployment_ids.iter().flatten().map(DeploymentId::new).collect();
        let states = self.states(scope, &ids).await?;
        let mut output = BatchGetDeploymentsOutput::default();
        for id in &ids {
            if let Some(state) = states.get(id)
                && let Some(planned) = self.deployments().planned(scope, id).await?
            {
                let info = self.deployment_info(scope, &planned, state).await?;
                output.deployments_info.push(info);
            }
        }
        Ok(output)
    }

    async fn states(&self, scope: &Scope, ids: &[DeploymentId]) -> Answer<HashMap<DeploymentId, Brief>> {
        let mut keys: Vec<_> = ids.iter().map(|id| key::state(scope, id)).collect();
        keys.sort();
        keys.dedup();
        let items = self.table().batch_get(&keys).await.map_err(StoreError::from)?;
        let named = |item| state::brief(item).map(|state| (state.id.clone(), state));
        Ok(items.iter().map(named).collect::<Result<_, _>>()?)
    }

    /// ListDeployments, newest first. A page may hold fewer than there are, even none: the token says
    /// whether there is more.
    pub async fn list_deployments(
        &self,
        scope: &Scope,
        input: Valid<ListDeploymentsInput>,
    ) -> Answer<ListDeploymentsOutput> {
        let statuses = input.include_only_statuses.as_deref().unwrap_or_default();
        let range = input.create_time_range.clone().unwrap_or_default();
        let (from, to) = (range.start.map(|t| t.0), range.end.map(|t| t.0));
        let group = self.listed_group(scope, &input).await?;
        if input.external_id.is_some() {
            // No deployment of ours belongs to a stack.
            return Ok(ListDeploymentsOutput::default());
        }
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let list = format!("deployments of {group:?} {statuses:?} {:?} {:?}", millis(from), millis(to));
        let which = Which { group: group.as_ref(), from, to, statuses };
        let mut search = self.search(scope, &list, &input.next_token, SEARCH_PAGES)?;
        while let Some((after, room)) = search.page() {
            let after = after.map(PlaceBody::into);
            let page = lists::deployments(self.table(), scope, which, after, room).await?;
            let found = page.found.into_iter().map(String::from).collect::<Vec<_>>();
            search.take(found, page.next.map(PlaceBody::from));
        }
        let (deployments, next_token) = search.end();
        Ok(ListDeploymentsOutput { deployments, next_token })
    }

    /// The group that a list is about.
    async fn listed_group(&self, scope: &Scope, input: &ListDeploymentsInput) -> Answer<Option<GroupId>> {
        if input.application_name.is_none() && input.deployment_group_name.is_none() {
            return Ok(None);
        }
        let application = given(&input.application_name);
        let group = given(&input.deployment_group_name);
        let (application, _) = self.application(scope, application).await?;
        Ok(Some(self.group(scope, &application.id, group).await?.0.id))
    }
}

/// Application and group are named together or not at all.
pub(crate) fn named_together(input: &ListDeploymentsInput) -> Result<(), ApiError> {
    match (&input.application_name, &input.deployment_group_name) {
        (Some(_), None) => GROUP.check(&None),
        (None, Some(_)) => APPLICATION.check(&None),
        _ => Ok(()),
    }
}

/// A range does not end before it starts.
pub(crate) fn time_range(range: &TimeRange) -> Result<(), ApiError> {
    match (range.start, range.end) {
        (Some(start), Some(end)) if start > end => {
            let message = "createTimeRange ends before it starts.";
            Err(ApiError::refused("InvalidTimeRangeException", message))
        }
        _ => Ok(()),
    }
}
