//! Applications.

use cutover_core::config::ComputePlatform;
use cutover_core::ids::{ApplicationId, Scope};
use cutover_store::application::{APPLICATION_VERSION, Application};
use cutover_store::catalog::NameError;
use cutover_store::codec::StoreError;
use cutover_store::lists::{self, Names};
use cutover_wire::api::application::*;

use crate::error::{Answer, ServiceError, contended, refuse, store_error};
use crate::rules::{Valid, given};
use crate::service::{PAGE, Service, TRIES};
use crate::tags;
use crate::tokens::PlaceBody;

/// Groups of an application that are deleted between two readings.
const DELETE_PAGE: usize = 100;

impl Service {
    /// CreateApplication.
    pub async fn create_application(
        &self,
        scope: &Scope,
        input: Valid<CreateApplicationInput>,
    ) -> Answer<CreateApplicationOutput> {
        let name = given(&input.application_name);
        let application = Application {
            v: APPLICATION_VERSION,
            id: ApplicationId::new(self.uuid()),
            name: name.to_owned(),
            platform: platform(&input.compute_platform),
            created_at: self.now(),
            tags: tags::checked(input.tags.as_deref().unwrap_or_default())?,
        };
        self.room_for(scope, Names::Applications).await?;
        match self.applications.create(scope, &application).await {
            Ok(()) => Ok(CreateApplicationOutput { application_id: application.id.to_string() }),
            Err(NameError::Taken) => Err(taken(name)),
            Err(error) => Err(store_error(error)),
        }
    }

    /// GetApplication.
    pub async fn get_application(
        &self,
        scope: &Scope,
        input: Valid<ApplicationInput>,
    ) -> Answer<GetApplicationOutput> {
        let name = given(&input.application_name);
        Ok(GetApplicationOutput { application: info(&self.application(scope, name).await?.0) })
    }

    /// BatchGetApplications. One that does not exist fails the whole, as its list of errors says.
    pub async fn batch_get_applications(
        &self,
        scope: &Scope,
        input: Valid<BatchGetApplicationsInput>,
    ) -> Answer<BatchGetApplicationsOutput> {
        let names: Vec<&str> = input.application_names.iter().flatten().map(String::as_str).collect();
        let found = self.applications.find_all(scope, &names).await?;
        let one = |name: &&str| found.get(*name).map(info).ok_or_else(|| unknown(name));
        Ok(BatchGetApplicationsOutput { applications_info: names.iter().map(one).collect::<Answer<_>>()? })
    }

    /// ListApplications, in alphabetical order.
    pub async fn list_applications(
        &self,
        scope: &Scope,
        input: Valid<ListApplicationsInput>,
    ) -> Answer<ListApplicationsOutput> {
        const LIST: &str = "applications";
        let after: Option<PlaceBody> = self.tokens.read(scope, LIST, &input.next_token)?;
        let page =
            lists::names(self.table(), scope, Names::Applications, after.map(Into::into), PAGE).await?;
        Ok(ListApplicationsOutput {
            applications: page.found,
            next_token: page.next.map(|place| self.tokens.issue(scope, LIST, &PlaceBody::from(place))),
        })
    }

    /// UpdateApplication: gives it another name. Without one nothing changes.
    pub async fn update_application(
        &self,
        scope: &Scope,
        input: Valid<UpdateApplicationInput>,
    ) -> Answer<()> {
        let name = given(&input.application_name);
        let new = input.new_application_name.as_deref().unwrap_or(name);
        for _ in 0..TRIES {
            let (application, version) = self.application(scope, name).await?;
            if new == name {
                return Ok(());
            }
            match self.applications.rename(scope, application, version, new).await {
                Ok(()) => return Ok(()),
                Err(NameError::Taken) => return Err(taken(new)),
                Err(NameError::Changed) => {}
                Err(error) => return Err(store_error(error)),
            }
        }
        Err(contended())
    }

    /// DeleteApplication with its groups. One that does not exist is deleted already. Running deployments
    /// end as planned; they get no rollback deployment.
    pub async fn delete_application(&self, scope: &Scope, input: Valid<ApplicationInput>) -> Answer<()> {
        let name = given(&input.application_name);
        for _ in 0..TRIES {
            let Some((application, version)) = self.applications.find(scope, name).await? else {
                return Ok(());
            };
            self.delete_groups(scope, &application.id).await?;
            match self.applications.delete(scope, &application, version).await {
                // No group can be created under it any more; one that was in between goes now.
                Ok(()) => {
                    self.delete_groups(scope, &application.id).await?;
                    return Ok(self.revisions.delete_all(scope, &application.id).await?);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }

    async fn delete_groups(&self, scope: &Scope, application: &ApplicationId) -> Answer<()> {
        let mut after = None;
        loop {
            let groups = Names::Groups(application);
            let page = lists::names(self.table(), scope, groups, after, DELETE_PAGE).await?;
            for name in &page.found {
                self.delete_group_of(scope, application, name).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// The application of that name and its version; ApplicationDoesNotExistException if there is none.
    pub(crate) async fn application(&self, scope: &Scope, name: &str) -> Answer<(Application, u64)> {
        self.applications.find(scope, name).await?.ok_or_else(|| unknown(name))
    }
}

/// The platform of an application; Server when absent.
pub(crate) fn platform(given: &Option<String>) -> ComputePlatform {
    given.as_deref().and_then(ComputePlatform::parse).unwrap_or(ComputePlatform::Server)
}

fn unknown(name: &str) -> ServiceError {
    refuse("ApplicationDoesNotExistException", format!("No application found for name: {name}"))
}

fn taken(name: &str) -> ServiceError {
    refuse("ApplicationAlreadyExistsException", format!("The application {name} already exists"))
}

fn info(application: &Application) -> ApplicationInfo {
    ApplicationInfo {
        application_id: application.id.to_string(),
        application_name: application.name.clone(),
        create_time: Some(application.created_at.into()),
        linked_to_git_hub: false,
        git_hub_account_name: None,
        compute_platform: application.platform.as_str().to_owned(),
    }
}
