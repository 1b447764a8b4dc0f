//! Revisions of applications: registered by hand, or by the first deployment of one.

use std::collections::{BTreeMap, BTreeSet};

use cutover_core::ids::{ApplicationId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::table::Write;
use cutover_store::codec::StoreError;
use cutover_store::lists::{self, Names};
use cutover_store::plans::Planned;
use cutover_store::revisions::{self, Order, REVISION_VERSION, Revision};
use cutover_wire::api::revision::*;
use cutover_wire::api::without_nulls;
use serde_json::{Value, json};

use crate::error::{Answer, ServiceError, contended, refuse};
use crate::revision::{sha256, shown};
use crate::rules::{Valid, given};
use crate::service::{PAGE, SEARCH_PAGES, Service, TRIES};
use crate::tokens::PlaceBody;

/// The names of the groups whose target revision it is, by a revision's digest.
type Deployed = BTreeMap<String, Vec<String>>;

/// A use so soon after one that is noted is not: deployments of one revision to many groups at once would all
/// write to its item, and fail each other.
const USE_NOTED_MS: u64 = 1_000;

impl Service {
    /// RegisterApplicationRevision. One that is known keeps its registration and gets the new description.
    pub async fn register_revision(
        &self,
        scope: &Scope,
        input: Valid<RegisterApplicationRevisionInput>,
    ) -> Answer<()> {
        let (application, _) = self.application(scope, given(&input.application_name)).await?;
        let location = location(&input.revision);
        let digest = digest(&location);
        for _ in 0..TRIES {
            let old = self.revisions.find(scope, &application.id, &digest).await?;
            let mut new = match &old {
                Some((old, _)) => old.clone(),
                None => registered(location.clone(), self.now()),
            };
            if input.description.is_some() {
                new.description.clone_from(&input.description);
            }
            match self.revisions.put(scope, &application.id, old.as_ref(), &new).await {
                Ok(()) => return Ok(()),
                // Whether the application is still there is found out by asking again.
                Err(StoreError::Conflict) => {
                    self.application(scope, given(&input.application_name)).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }

    /// GetApplicationRevision.
    pub async fn get_revision(
        &self,
        scope: &Scope,
        input: Valid<GetApplicationRevisionInput>,
    ) -> Answer<GetApplicationRevisionOutput> {
        let (application, _) = self.application(scope, given(&input.application_name)).await?;
        let digest = digest(&location(&input.revision));
        let found = self.revisions.find(scope, &application.id, &digest).await?;
        let (revision, _) = found.ok_or_else(|| unknown(&application.name))?;
        let deployed = self.deployed(scope, &application.id).await?;
        Ok(GetApplicationRevisionOutput {
            application_name: application.name,
            revision: shown(&revision.location),
            revision_info: info(&revision, &deployed),
        })
    }

    /// BatchGetApplicationRevisions. Those that do not exist are left out, and errorMessage counts them.
    pub async fn batch_get_revisions(
        &self,
        scope: &Scope,
        input: Valid<BatchGetApplicationRevisionsInput>,
    ) -> Answer<BatchGetApplicationRevisionsOutput> {
        let (application, _) = self.application(scope, given(&input.application_name)).await?;
        let asked = input.revisions.as_deref().unwrap_or_default();
        let digests: Vec<String> = asked.iter().map(|one| digest(&location(&Some(one.clone())))).collect();
        let found = self.revisions.find_all(scope, &application.id, &digests).await?;
        let deployed = self.deployed(scope, &application.id).await?;
        let known = digests.iter().filter_map(|digest| found.get(digest));
        let revisions: Vec<RevisionInfo> = known
            .map(|revision| RevisionInfo {
                revision_location: shown(&revision.location),
                generic_revision_info: info(revision, &deployed),
            })
            .collect();
        let missing = asked.len() - revisions.len();
        let error_message = (missing > 0).then(|| {
            format!("{missing} of the revisions do not exist in the application {}", application.name)
        });
        Ok(BatchGetApplicationRevisionsOutput {
            application_name: application.name,
            error_message,
            revisions,
        })
    }

    /// ListApplicationRevisions: by registration unless told otherwise, oldest first unless told otherwise. A
    /// page may hold fewer than there are, even none: the token says whether there is more.
    pub async fn list_revisions(
        &self,
        scope: &Scope,
        input: Valid<ListApplicationRevisionsInput>,
    ) -> Answer<ListApplicationRevisionsOutput> {
        let (application, _) = self.application(scope, given(&input.application_name)).await?;
        let order = match given(&input.sort_by) {
            "firstUsedTime" => Order::FirstUsed,
            "lastUsedTime" => Order::LastUsed,
            _ => Order::Registered,
        };
        let descending = given(&input.sort_order) == "descending";
        let mut asked = input.clone().into_inner();
        asked.next_token = None;
        let list = format!("revisions of {} {asked:?}", application.id);
        let wanted = self.filter(scope, &application.id, &input).await?;
        let mut search = self.search(scope, &list, &input.next_token, SEARCH_PAGES)?;
        while let Some((after, room)) = search.page() {
            let (id, after) = (&application.id, after.map(PlaceBody::into));
            let page = self.revisions.list(scope, id, (order, descending), after, room).await?;
            let found = page.found.iter().filter(|revision| wanted(revision));
            search.take(found.map(|revision| shown(&revision.location)), page.next.map(PlaceBody::from));
        }
        let (revisions, next_token) = search.end();
        Ok(ListApplicationRevisionsOutput { revisions, next_token })
    }

    /// Whether a revision is one that a list asks for.
    async fn filter<'a>(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        input: &'a ListApplicationRevisionsInput,
    ) -> Answer<impl Fn(&Revision) -> bool + use<'a>> {
        let deployed = match given(&input.deployed) {
            "include" => Some((true, self.deployed(scope, application).await?)),
            "exclude" => Some((false, self.deployed(scope, application).await?)),
            _ => None,
        };
        Ok(move |revision: &Revision| {
            let s3 = |member: &str| revision.location.get("s3Location")?.get(member)?.as_str();
            let in_bucket = input.s3_bucket.as_deref().is_none_or(|bucket| s3("bucket") == Some(bucket));
            let under = |prefix: &str| s3("key").is_some_and(|key| key.starts_with(prefix));
            in_bucket
                && input.s3_key_prefix.as_deref().is_none_or(under)
                && deployed.as_ref().is_none_or(|(yes, all)| all.contains_key(&revision.digest) == *yes)
        })
    }

    /// Which groups have which revision as their target (behaviour: revisions).
    async fn deployed(&self, scope: &Scope, application: &ApplicationId) -> Answer<Deployed> {
        let mut deployed = Deployed::new();
        let mut after = None;
        loop {
            let page = lists::names(self.table(), scope, Names::Groups(application), after, PAGE).await?;
            let names: Vec<&str> = page.found.iter().map(String::as_str).collect();
            let groups = self.groups.find_all(scope, application, &names).await?;
            for name in names {
                let target = groups.get(name).and_then(|group| group.target_revision.as_ref());
                if let Some(target) = target {
                    deployed.entry(digest(target)).or_default().push(name.to_owned());
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(deployed);
            }
        }
    }

    /// The writes by which a new deployment uses its revision, which it registers if nobody did.
    pub(crate) async fn revision_used(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        planned: &Planned,
    ) -> Answer<Vec<Write>> {
        let location = &planned.record.revision;
        if location.is_null() {
            return Ok(Vec::new());
        }
        let old = self.revisions.find(scope, application, &digest(location)).await?;
        let now = planned.plan.created_at;
        let noted = old.as_ref().and_then(|(old, _)| old.last_used_at);
        if noted.is_some_and(|at| now.ms_since(at) < USE_NOTED_MS) {
            return Ok(Vec::new());
        }
        let mut new = match &old {
            Some((old, _)) => old.clone(),
            None => registered(location.clone(), now),
        };
        new.first_used_at.get_or_insert(now);
        new.last_used_at = Some(now);
        Ok(revisions::writes(scope, application, old.as_ref(), &new)?)
    }
}

fn registered(location: Value, now: Timestamp) -> Revision {
    Revision {
        v: REVISION_VERSION,
        digest: digest(&location),
        location,
        description: None,
        registered_at: now,
        first_used_at: None,
        last_used_at: None,
    }
}

/// What the location says, without what it leaves open.
fn location(revision: &Option<RevisionLocation>) -> Value {
    // Shapes of strings always serialize.
    without_nulls(json!(revision))
}

/// What tells a revision from others.
pub(crate) fn digest_of(revision: &RevisionLocation) -> String {
    digest(&location(&Some(revision.clone())))
}

/// The identity of a location: its type and what that type says. A told digest of a text says nothing new.
fn digest(location: &Value) -> String {
    const SAID: [&str; 4] = ["s3Location", "gitHubLocation", "string", "appSpecContent"];
    let kind = location.get("revisionType").and_then(Value::as_str).unwrap_or_default();
    let at = ["S3", "GitHub", "String", "AppSpecContent"].iter().position(|known| *known == kind);
    let said = at.and_then(|at| location.get(SAID[at])).and_then(Value::as_object);
    let said: BTreeSet<(&str, String)> = said
        .into_iter()
        .flatten()
        .filter(|(member, _)| *member != "sha256")
        .map(|(member, value)| (member.as_str(), value.to_string()))
        .collect();
    sha256(&json!([kind, said]).to_string())
}

fn info(revision: &Revision, deployed: &Deployed) -> GenericRevisionInfo {
    GenericRevisionInfo {
        description: revision.description.clone(),
        deployment_groups: deployed.get(&revision.digest).cloned().unwrap_or_default(),
        first_used_time: revision.first_used_at.map(Into::into),
        last_used_time: revision.last_used_at.map(Into::into),
        register_time: Some(revision.registered_at.into()),
    }
}

fn unknown(application: &str) -> ServiceError {
    let message = format!("The revision does not exist in the application {application}");
    refuse("RevisionDoesNotExistException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_location_is_the_same_revision() {
        let text = |content: &str, sha: Option<&str>| json!({"revisionType": "String", "string": {"content": content, "sha256": sha}});
        let s3 = |key: &str| json!({"revisionType": "S3", "s3Location": {"bucket": "b", "key": key}});
        assert_eq!(digest(&without_nulls(text("a", None))), digest(&text("a", Some("x"))));
        assert_ne!(digest(&text("a", None)), digest(&text("b", None)));
        assert_ne!(digest(&s3("k")), digest(&s3("l")));
        let mut stray = s3("k");
        stray["gitHubLocation"] = json!({"commitId": "c"});
        assert_eq!(digest(&stray), digest(&s3("k")));
    }
}
