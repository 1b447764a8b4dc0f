//! Tags of applications and deployment groups, by ARN.

use cutover_core::ids::Scope;
use cutover_store::application::Application;
use cutover_store::catalog::NameError;
use cutover_store::group::Group;
use cutover_wire::api::tag::*;
use serde_json::json;

use crate::arn::{Resource, resource};
use crate::error::{Answer, ServiceError, contended, refuse, store_error};
use crate::rules::{Valid, given};
use crate::service::{Service, TRIES};
use crate::tags::{self, shown};

type Tags = Vec<(String, String)>;

/// A tagged thing as it was loaded.
enum Tagged {
    Application(Application, u64),
    Group(Box<Group>, u64),
}

impl Tagged {
    fn tags(&self) -> Tags {
        match self {
            Self::Application(application, _) => application.tags.clone(),
            Self::Group(group, _) => {
                let tags = group.definition.get("tags").cloned().unwrap_or_default();
                serde_json::from_value(tags).unwrap_or_default()
            }
        }
    }
}

impl Service {
    /// ListTagsForResource: at most 50, so there is one page.
    pub async fn list_tags(
        &self,
        scope: &Scope,
        input: Valid<ListTagsForResourceInput>,
    ) -> Answer<ListTagsForResourceOutput> {
        let arn = given(&input.resource_arn);
        // What does not exist is no reason that this operation knows: the ARN leads nowhere.
        let found = self.tagged(scope, arn).await.map_err(|error| match error {
            ServiceError::Refused(told) if told.code.ends_with("DoesNotExistException") => {
                refuse("InvalidArnException", told.message)
            }
            error => error,
        });
        Ok(ListTagsForResourceOutput { tags: shown(&found?.tags()).collect() })
    }

    /// TagResource: a key that is there gets the new value.
    pub async fn tag_resource(&self, scope: &Scope, input: Valid<TagResourceInput>) -> Answer<()> {
        let given = tags::checked(input.tags.as_deref().unwrap_or_default())?;
        self.retag_resource(scope, &input.resource_arn, |tags| {
            tags.retain(|(key, _)| given.iter().all(|(new, _)| new != key));
            tags.extend(given.iter().cloned());
        })
        .await
    }

    /// UntagResource: keys that are not there are gone already.
    pub async fn untag_resource(&self, scope: &Scope, input: Valid<UntagResourceInput>) -> Answer<()> {
        let keys = input.tag_keys.as_deref().unwrap_or_default();
        self.retag_resource(scope, &input.resource_arn, |tags| tags.retain(|(key, _)| !keys.contains(key)))
            .await
    }

    async fn retag_resource(
        &self,
        scope: &Scope,
        arn: &Option<String>,
        change: impl Fn(&mut Tags),
    ) -> Answer<()> {
        for _ in 0..TRIES {
            let tagged = self.tagged(scope, given(arn)).await?;
            let mut tags = tagged.tags();
            change(&mut tags);
            tags.sort();
            if tags.len() > tags::MOST {
                let message =
                    format!("It would have {} tags; at most {} are allowed.", tags.len(), tags::MOST);
                return Err(refuse("InvalidTagsToAddException", message));
            }
            let put = match tagged {
                Tagged::Application(mut application, version) => {
                    application.tags = tags;
                    self.applications.put(scope, &application, version).await
                }
                Tagged::Group(old, version) => {
                    let mut new = old.clone();
                    match tags.is_empty() {
                        true => new.definition.remove("tags"),
                        false => new.definition.insert("tags".to_owned(), json!(tags)),
                    };
                    self.groups.update(scope, &old, version, &new, None).await
                }
            };
            match put {
                Ok(()) => return Ok(()),
                Err(NameError::Changed) => {}
                Err(error) => return Err(store_error(error)),
            }
        }
        Err(contended())
    }

    async fn tagged(&self, scope: &Scope, arn: &str) -> Answer<Tagged> {
        match resource(scope, arn)? {
            Resource::Application(name) => {
                let (application, version) = self.application(scope, name).await?;
                Ok(Tagged::Application(application, version))
            }
            Resource::Group { application, name } => {
                let (application, _) = self.application(scope, application).await?;
                let (group, version) = self.group(scope, &application.id, name).await?;
                Ok(Tagged::Group(Box::new(group), version))
            }
        }
    }
}
