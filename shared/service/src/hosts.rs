//! On-premises instances.

use cutover_core::ids::Scope;
use cutover_store::catalog::NameError;
use cutover_store::codec::StoreError;
use cutover_store::hosts::{HOST_VERSION, Host, Identity, Which};
use cutover_wire::api::error::ApiError;
use cutover_wire::api::instance::*;
use cutover_wire::api::tag::{Tag, TagFilter};

use crate::arn::instance_arn;
use crate::error::{Answer, ServiceError, contended, refuse, store_error};
use crate::rules::rule::Rule;
use crate::rules::words::HOST;
use crate::rules::{Valid, given};
use crate::service::{SEARCH_PAGES, Service, TRIES};
use crate::tags::{MOST_OF_HOST, shown};
use crate::tokens::PlaceBody;

/// behaviour: on-premises instances: a new name does not look like that of an EC2 instance.
pub(crate) struct NewName;

impl Rule<String> for NewName {
    fn check(&self, name: &Option<String>) -> Result<(), ApiError> {
        HOST.check(name)?;
        if is_ec2(given(name)) {
            let message = "Names that begin with i- are those of EC2 instances.";
            return Err(ApiError::refused("InvalidInstanceNameException", message));
        }
        Ok(())
    }
}

/// Whether this names an EC2 instance.
pub(crate) fn is_ec2(name: &str) -> bool {
    name.starts_with("i-")
}

/// Exactly one of the two ARNs.
pub(crate) fn one_identity(input: &RegisterOnPremisesInstanceInput) -> Result<(), ApiError> {
    match (&input.iam_user_arn, &input.iam_session_arn) {
        (Some(_), Some(_)) => {
            let message = "Give either iamUserArn or iamSessionArn, not both.";
            Err(ApiError::refused("MultipleIamArnsProvidedException", message))
        }
        (None, None) => {
            Err(ApiError::refused("IamArnRequiredException", "iamUserArn or iamSessionArn is required."))
        }
        _ => Ok(()),
    }
}

impl Service {
    /// RegisterOnPremisesInstance. The name of a deregistered instance may be used again.
    pub async fn register_host(
        &self,
        scope: &Scope,
        input: Valid<RegisterOnPremisesInstanceInput>,
    ) -> Answer<()> {
        let name = given(&input.instance_name);
        let identity = match &input.iam_session_arn {
            Some(arn) => Identity::Session(arn.clone()),
            None => Identity::User(given(&input.iam_user_arn).to_owned()),
        };
        let host = Host {
            v: HOST_VERSION,
            name: name.to_owned(),
            arn: instance_arn(scope, name, self.entropy.bits()),
            identity,
            tags: Vec::new(),
            public_key: None,
            access_key: None,
            next: None,
            former: None,
            registered_at: self.now(),
            deregistered_at: None,
        };
        for _ in 0..TRIES {
            let over = match self.hosts.find(scope, name).await? {
                Some((host, _)) if host.deregistered_at.is_none() => {
                    let message = format!("The on-premises instance {name} is already registered");
                    return Err(refuse("InstanceNameAlreadyRegisteredException", message));
                }
                before => before.map(|(_, version)| version),
            };
            match self.hosts.register(scope, &host, over).await {
                Ok(()) => return Ok(()),
                Err(NameError::Taken) => return Err(identity_taken(&host.identity)),
                Err(NameError::Changed) => {}
                Err(error) => return Err(store_error(error)),
            }
        }
        Err(contended())
    }

    /// DeregisterOnPremisesInstance. One that is not registered is deregistered already.
    pub async fn deregister_host(&self, scope: &Scope, input: Valid<OnPremisesInstanceInput>) -> Answer<()> {
        for _ in 0..TRIES {
            let (mut host, version) = match self.hosts.find(scope, given(&input.instance_name)).await? {
                Some((host, version)) if host.deregistered_at.is_none() => (host, version),
                _ => return Ok(()),
            };
            // Its key counts no longer, whatever a name's next holder does.
            host.without_keys();
            host.deregistered_at = Some(self.now());
            match self.hosts.deregister(scope, &host, version).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }

    /// GetOnPremisesInstance.
    pub async fn get_host(
        &self,
        scope: &Scope,
        input: Valid<OnPremisesInstanceInput>,
    ) -> Answer<GetOnPremisesInstanceOutput> {
        let name = given(&input.instance_name);
        let found = self.hosts.find(scope, name).await?;
        let (host, _) = found.ok_or_else(|| not_registered(&[name]))?;
        Ok(GetOnPremisesInstanceOutput { instance_info: info(&host) })
    }

    /// BatchGetOnPremisesInstances. Those that do not exist are left out.
    pub async fn batch_get_hosts(
        &self,
        scope: &Scope,
        input: Valid<BatchGetOnPremisesInstancesInput>,
    ) -> Answer<BatchGetOnPremisesInstancesOutput> {
        let names = input.instance_names.as_deref().unwrap_or_default();
        let found = self.hosts.find_all(scope, names).await?;
        Ok(BatchGetOnPremisesInstancesOutput {
            instance_infos: found.iter().map(|(host, _)| info(host)).collect(),
        })
    }

    /// ListOnPremisesInstances, in alphabetical order. A page may hold fewer than there are, even none: the
    /// token says whether there is more.
    pub async fn list_hosts(
        &self,
        scope: &Scope,
        input: Valid<ListOnPremisesInstancesInput>,
    ) -> Answer<ListOnPremisesInstancesOutput> {
        let which = match given(&input.registration_status) {
            "Registered" => Which::Registered,
            "Deregistered" => Which::Deregistered,
            _ => Which::All,
        };
        let filters = input.tag_filters.as_deref().unwrap_or_default();
        let list = format!("instances {which:?} {filters:?}");
        let mut search = self.search(scope, &list, &input.next_token, SEARCH_PAGES)?;
        while let Some((after, room)) = search.page() {
            let page = self.hosts.list(scope, which, after.map(PlaceBody::into), room).await?;
            let selected = page.found.into_iter().filter(|host| selects(filters, &host.tags));
            search.take(selected.map(|host| host.name), page.next.map(PlaceBody::from));
        }
        let (instance_names, next_token) = search.end();
        Ok(ListOnPremisesInstancesOutput { instance_names, next_token })
    }

    /// AddTagsToOnPremisesInstances: to all of them, or to none. A key that is there gets the new value.
    pub async fn tag_hosts(&self, scope: &Scope, input: Valid<OnPremisesTagsInput>) -> Answer<()> {
        self.retag(scope, &input, |tags, key, value| {
            tags.retain(|(known, _)| known != key);
            tags.push((key.to_owned(), value.to_owned()));
        })
        .await
    }

    /// RemoveTagsFromOnPremisesInstances: from all of them, or from none. A tag goes where key and value are
    /// those that are given.
    pub async fn untag_hosts(&self, scope: &Scope, input: Valid<OnPremisesTagsInput>) -> Answer<()> {
        self.retag(scope, &input, |tags, key, value| {
            tags.retain(|(k, v)| (k.as_str(), v.as_str()) != (key, value))
        })
        .await
    }

    async fn retag(
        &self,
        scope: &Scope,
        input: &OnPremisesTagsInput,
        change: impl Fn(&mut Vec<(String, String)>, &str, &str),
    ) -> Answer<()> {
        let names = input.instance_names.as_deref().unwrap_or_default();
        for _ in 0..TRIES {
            let mut hosts = self.hosts.find_all(scope, names).await?;
            hosts.retain(|(host, _)| host.deregistered_at.is_none());
            let is_known = |name: &&str| hosts.iter().any(|(host, _)| host.name == *name);
            let strangers: Vec<&str> =
                names.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
            if !strangers.is_empty() {
                return Err(not_registered(&strangers));
            }
            for (host, _) in &mut hosts {
                for tag in input.tags.iter().flatten() {
                    change(&mut host.tags, given(&tag.key), given(&tag.value));
                }
                host.tags.sort();
                if host.tags.len() > MOST_OF_HOST {
                    let (name, count) = (&host.name, host.tags.len());
                    let message =
                        format!("{name} would have {count} tags; at most {MOST_OF_HOST} are allowed.");
                    return Err(refuse("TagLimitExceededException", message));
                }
            }
            match self.hosts.put_all(scope, &hosts).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }
}

/// behaviour: tag selection: any of the filters; none at all selects everything.
fn selects(filters: &[TagFilter], tags: &[(String, String)]) -> bool {
    let one = |filter: &TagFilter| {
        tags.iter().any(|(key, value)| match given(&filter.kind) {
            "KEY_ONLY" => key == given(&filter.key),
            "VALUE_ONLY" => value == given(&filter.value),
            _ => key == given(&filter.key) && value == given(&filter.value),
        })
    };
    filters.is_empty() || filters.iter().any(one)
}

fn info(host: &Host) -> InstanceInfo {
    let (user, session) = match &host.identity {
        Identity::User(arn) => (Some(arn.clone()), None),
        Identity::Session(arn) => (None, Some(arn.clone())),
    };
    InstanceInfo {
        instance_name: host.name.clone(),
        iam_session_arn: session,
        iam_user_arn: user,
        instance_arn: host.arn.clone(),
        register_time: Some(host.registered_at.into()),
        deregister_time: host.deregistered_at.map(Into::into),
        tags: shown(&host.tags).collect::<Vec<Tag>>(),
    }
}

fn not_registered(names: &[&str]) -> ServiceError {
    let message = format!("No on-premises instance is registered under: {}", names.join(", "));
    refuse("InstanceNotRegisteredException", message)
}

pub(crate) fn identity_taken(identity: &Identity) -> ServiceError {
    let code = match identity {
        Identity::User(_) => "IamUserArnAlreadyRegisteredException",
        Identity::Session(_) => "IamSessionArnAlreadyRegisteredException",
    };
    refuse(code, format!("Another on-premises instance is registered with {}", identity.arn()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_select_by_key_value_or_both() {
        let tags = [("env".to_owned(), "prod".to_owned()), ("tier".to_owned(), "web".to_owned())];
        let filter = |kind: &str, key: &str, value: &str| TagFilter {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
            kind: Some(kind.to_owned()),
        };
        for (filters, selected) in [
            (vec![], true),
            (vec![filter("KEY_ONLY", "env", "x")], true),
            (vec![filter("KEY_ONLY", "prod", "x")], false),
            (vec![filter("VALUE_ONLY", "x", "web")], true),
            (vec![filter("KEY_AND_VALUE", "env", "web")], false),
            (vec![filter("KEY_AND_VALUE", "env", "web"), filter("KEY_AND_VALUE", "tier", "web")], true),
        ] {
            assert_eq!(selects(&filters, &tags), selected, "{filters:?}");
        }
    }
}
