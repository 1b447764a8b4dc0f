//! Deployment groups.

use cutover_core::ids::{ApplicationId, GroupId, Scope};
use cutover_store::catalog::{NameError, Reliance};
use cutover_store::codec::StoreError;
use cutover_store::group::{GROUP_VERSION, Group};
use cutover_store::lists::{self, Names};
use cutover_wire::api::group::*;
use serde_json::json;

use crate::error::{Answer, ServiceError, contended, refuse, store_error};
use crate::group_rules::{Definition, completed, defined, merged};
use crate::rules::{Valid, given};
use crate::service::{PAGE, Service, TRIES};
use crate::tags;
use crate::tokens::PlaceBody;

impl Service {
    /// CreateDeploymentGroup.
    pub async fn create_deployment_group(
        &self,
        scope: &Scope,
        input: Valid<CreateDeploymentGroupInput>,
        settings: Valid<GroupSettings>,
    ) -> Answer<CreateDeploymentGroupOutput> {
        let application_name = given(&input.application_name);
        let name = given(&input.deployment_group_name);
        let tags = tags::checked(input.tags.as_deref().unwrap_or_default())?;
        for _ in 0..TRIES {
            let (application, version) = self.application(scope, application_name).await?;
            let mut definition = defined(application.platform, &settings)?;
            if !tags.is_empty() {
                definition.insert("tags".to_owned(), json!(tags));
            }
            let group = Group {
                last_fleet: None,
                v: GROUP_VERSION,
                id: GroupId::new(self.uuid()),
                name: name.to_owned(),
                platform: application.platform,
                definition,
                application_id: application.id,
                active: None,
                last_attempted: None,
                last_successful: None,
                target_revision: None,
                last_order: None,
                waited_for: false,
            };
            let reliance = self.reliance(scope, &group).await?;
            self.room_for(scope, Names::Groups(&group.application_id)).await?;
            match self.groups.create(scope, &group, version, reliance.as_ref()).await {
                Ok(()) => {
                    return Ok(CreateDeploymentGroupOutput { deployment_group_id: group.id.to_string() });
                }
                Err(NameError::Taken) => return Err(taken(name)),
                Err(NameError::Changed) => {}
                Err(error) => return Err(store_error(error)),
            }
        }
        Err(contended())
    }

    /// GetDeploymentGroup.
    pub async fn get_deployment_group(
        &self,
        scope: &Scope,
        input: Valid<DeploymentGroupInput>,
    ) -> Answer<GetDeploymentGroupOutput> {
        let application_name = given(&input.application_name);
        let name = given(&input.deployment_group_name);
        let (application, _) = self.application(scope, application_name).await?;
        let (group, _) = self.group(scope, &application.id, name).await?;
        let info = self.group_info(scope, &application.name, &group).await?;
        Ok(GetDeploymentGroupOutput { deployment_group_info: info })
    }

    /// BatchGetDeploymentGroups. Those that do not exist are left out and named in errorMessage.
    pub async fn batch_get_deployment_groups(
        &self,
        scope: &Scope,
        input: Valid<BatchGetDeploymentGroupsInput>,
    ) -> Answer<BatchGetDeploymentGroupsOutput> {
        let application_name = given(&input.application_name);
        let names: Vec<&str> = input.deployment_group_names.iter().flatten().map(String::as_str).collect();
        let (application, _) = self.application(scope, application_name).await?;
        let found = self.groups.find_all(scope, &application.id, &names).await?;
        let mut output = BatchGetDeploymentGroupsOutput::default();
        let mut missing = Vec::new();
        for name in names {
            match found.get(name) {
                Some(group) => {
                    let info = self.group_info(scope, &application.name, group).await?;
                    output.deployment_groups_info.push(info);
                }
                None => missing.push(name),
            }
        }
        if !missing.is_empty() {
            output.error_message =
                Some(format!("No Deployment Group found for name: {}", missing.join(", ")));
        }
        Ok(output)
    }

    /// ListDeploymentGroups, in alphabetical order.
    pub async fn list_deployment_groups(
        &self,
        scope: &Scope,
        input: Valid<ListDeploymentGroupsInput>,
    ) -> Answer<ListDeploymentGroupsOutput> {
        let name = given(&input.application_name);
        let (application, _) = self.application(scope, name).await?;
        let list = format!("groups of {}", application.id);
        let after: Option<PlaceBody> = self.tokens.read(scope, &list, &input.next_token)?;
        let which = Names::Groups(&application.id);
        let page = lists::names(self.table(), scope, which, after.map(Into::into), PAGE).await?;
        Ok(ListDeploymentGroupsOutput {
            application_name: application.name,
            deployment_groups: page.found,
            next_token: page.next.map(|place| self.tokens.issue(scope, &list, &PlaceBody::from(place))),
        })
    }

    /// UpdateDeploymentGroup: absent members stay, empty ones are cleared. A running deployment goes on as
    /// planned.
    pub async fn update_deployment_group(
        &self,
        scope: &Scope,
        input: Valid<UpdateDeploymentGroupInput>,
        settings: Valid<GroupSettings>,
    ) -> Answer<HooksNotCleanedUpOutput> {
        let application_name = given(&input.application_name);
        let name = given(&input.current_deployment_group_name);
        let new_name = input.new_deployment_group_name.as_deref().unwrap_or(name);
        for _ in 0..TRIES {
            let (application, _) = self.application(scope, application_name).await?;
            let (old, version) = self.group(scope, &application.id, name).await?;
            let mut new = old.clone();
            new_name.clone_into(&mut new.name);
            let definition = merged(&old.definition, &settings);
            new.definition = completed(old.platform, &definition)?;
            let reliance = match config_name(&new.definition) == config_name(&old.definition) {
                true => None,
                false => self.reliance(scope, &new).await?,
            };
            match self.groups.update(scope, &old, version, &new, reliance.as_ref()).await {
                Ok(()) => return Ok(HooksNotCleanedUpOutput::default()),
                Err(NameError::Taken) => return Err(taken(new_name)),
                Err(NameError::Changed) => {}
                Err(error) => return Err(store_error(error)),
            }
        }
        Err(contended())
    }

    /// DeleteDeploymentGroup. One that does not exist is deleted already. A running deployment ends as
    /// planned; it gets no rollback deployment.
    pub async fn delete_deployment_group(
        &self,
        scope: &Scope,
        input: Valid<DeploymentGroupInput>,
    ) -> Answer<HooksNotCleanedUpOutput> {
        let application_name = given(&input.application_name);
        let name = given(&input.deployment_group_name);
        if let Some((application, _)) = self.applications.find(scope, application_name).await? {
            self.delete_group_of(scope, &application.id, name).await?;
        }
        Ok(HooksNotCleanedUpOutput::default())
    }

    pub(crate) async fn delete_group_of(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        name: &str,
    ) -> Answer<()> {
        for _ in 0..TRIES {
            let Some((group, version)) = self.groups.find(scope, application, name).await? else {
                return Ok(());
            };
            match self.groups.delete(scope, &group, version).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }

    /// The group of that name and its version; DeploymentGroupDoesNotExistException if there is none.
    pub(crate) async fn group(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        name: &str,
    ) -> Answer<(Group, u64)> {
        self.groups.find(scope, application, name).await?.ok_or_else(|| {
            let message = format!("No Deployment Group found for name: {name}");
            refuse("DeploymentGroupDoesNotExistException", message)
        })
    }

    /// What the group relies on: its configuration, which must exist for its platform.
    async fn reliance(&self, scope: &Scope, group: &Group) -> Answer<Option<Reliance>> {
        let name = config_name(&group.definition).unwrap_or(group.platform.default_config());
        let found = self.config_for(scope, name, group.platform).await?;
        if found.retiring { Err(crate::configs::unknown(name)) } else { Ok(found.reliance) }
    }
}

/// The configuration that a group's deployments use unless they name another.
pub(crate) fn config_name(definition: &Definition) -> Option<&str> {
    definition.get("deploymentConfigName")?.as_str()
}

fn taken(name: &str) -> ServiceError {
    refuse("DeploymentGroupAlreadyExistsException", format!("The deployment group {name} already exists"))
}
