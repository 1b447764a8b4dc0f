//! The trigger itself: which pushes deploy what, and where.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::order::OrderKey;
use super::push::{Push, Source};
use super::queue::Policy;
use super::template::{self, Facts};
use crate::glob::captures;
use crate::time::Timestamp;

/// The stored version of [`Trigger`].
pub const TRIGGER_VERSION: u16 = 1;

/// Facts that every push has.
const COMMON: [&str; 3] = ["time", "place", "reference"];
/// Stars whose text a template may ask for.
const STARS: usize = 9;

/// A trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// [`TRIGGER_VERSION`].
    pub v: u16,
    /// Its name.
    pub name: String,
    /// Who tells of the pushes.
    pub source: Source,
    /// Pattern of [`Push::place`].
    pub place: String,
    /// Pattern of [`Push::reference`].
    pub reference: String,
    /// applicationName of the request.
    pub application: String,
    /// deploymentGroupName of the request.
    pub group: String,
    /// What happens while the group is deploying.
    pub policy: Policy,
    /// Template of the revision; without one it is the source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Value>,
    /// Of CodeCommit and Bitbucket: where the commit's archive is put, which is the revision then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// Template of the order key; without one it is the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What its webhook is signed with, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Where archives of commits are put, and with what they are fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// The bucket.
    pub bucket: String,
    /// What their keys begin with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// What reads the repository, sealed; none for public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_token: Option<String>,
}

/// An archive that has to be in S3 before the deployment begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// The repository.
    pub repository: String,
    /// The commit.
    pub commit: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// What a matching push asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The input of CreateDeployment.
    pub request: Value,
    /// The push's place among others.
    pub order: OrderKey,
    /// What has to be fetched first.
    pub fetch: Option<Fetch>,
}

impl Trigger {
    /// Whether the push is one of those it is about.
    pub fn matches(&self, push: &Push) -> bool {
        self.source == push.source
            && captures(&self.place, &push.place).is_some()
            && captures(&self.reference, &push.reference).is_some()
    }

    /// What a push that matches asks for; why not, if the templates do not fit it.
    pub fn wanted(&self, push: &Push) -> Result<Wanted, String> {
        let stars = captures(&self.reference, &push.reference).unwrap_or_default();
        let (numbers, time) =
            ((1..=STARS).map(|n| n.to_string()).collect::<Vec<_>>(), push.at.as_millis().to_string());
        let mut facts: Facts<'_> =
            push.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        facts.extend(numbers.iter().map(String::as_str).zip(stars));
        facts.extend([
            ("time", time.as_str()),
            ("place", push.place.as_str()),
            ("reference", push.reference.as_str()),
        ]);
        let template = self.revision.clone().or_else(|| self.own_revision());
        let template = template.ok_or_else(|| no_revision(self.source))?;
        let revision = template::fill(&template, &facts).map_err(|error| format!("revision: {error}"))?;
        let order = match &self.order {
            None => OrderKey::of_time(push),
            Some(order) => {
                let text =
                    template::fill_text(order, &facts).map_err(|error| format!("order key: {error}"))?;
                OrderKey::written(&text.unwrap_or_default()).map_err(|error| error.to_string())?
            }
        };
        let description: String =
            format!("{} by {}: {} {}", "Pushed", self.source, push.place, push.reference);
        let request = json!({
            "applicationName": self.application,
            "deploymentGroupName": self.group,
            "revision": revision,
            "description": description.chars().take(256).collect::<String>(),
        });
        let fetch = self.fetch(push, &request);
        Ok(Wanted { request, order, fetch })
    }

    fn fetch(&self, push: &Push, request: &Value) -> Option<Fetch> {
        let archive = self.archive.as_ref()?;
        let fact = |name: &str| push.facts.get(name).cloned();
        let key = request.pointer("/revision/s3Location/key")?.as_str()?.to_owned();
        let (repository, commit) = (fact("repository")?, fact("commit")?);
        Some(Fetch { repository, commit, bucket: archive.bucket.clone(), key })
    }

    /// The revision that a push is by itself: where a deployment can take it from the source, or its archive.
    fn own_revision(&self) -> Option<Value> {
        let Some(archive) = &self.archive else { return own_revision(self.source) };
        let key = format!("{}{{{{repository}}}}/{{{{commit}}}}.zip", archive.prefix);
        let location = json!({ "bucket": archive.bucket, "key": key, "bundleType": "zip" });
        Some(json!({ "revisionType": "S3", "s3Location": location }))
    }

    /// Why it could never deploy anything, if that is so.
    pub fn fault(&self) -> Option<String> {
        if self.archive.is_some() && !self.source.has_archives() {
            let source = self.source;
            return Some(format!("pushes of {source} need no archive: leave its bucket and the token out"));
        }
        if self.archive.is_some() && self.revision.is_some() {
            return Some("a revision and a bucket for archives exclude each other: leave one out".to_owned());
        }
        let order = self.order.as_ref().map(|order| Value::String(order.clone()));
        let revision = self.revision.clone().or_else(|| self.own_revision());
        let Some(revision) = revision else { return Some(no_revision(self.source)) };
        for (what, template) in [("revision", Some(revision)), ("order key", order)] {
            let Some(template) = template else { continue };
            let names = match template::names(&template) {
                Ok(names) => names,
                Err(error) => return Some(format!("{what}: {error}")),
            };
            if let Some(stranger) = names.iter().find(|name| !self.knows(name)) {
                let known: Vec<&str> = COMMON
                    .into_iter()
                    .chain(self.source.facts().iter().copied())
                    .map(|f| f.trim_end_matches('?'))
                    .collect();
                return Some(format!(
                    "{what}: pushes of {} have no {stranger:?}; they have {}, and 1 to {STARS} for what the stars of \
                     the reference stand for",
                    self.source,
                    known.join(", ")
                ));
            }
        }
        None
    }

    fn knows(&self, name: &str) -> bool {
        let facts = COMMON.iter().chain(self.source.facts()).map(|fact| fact.trim_end_matches('?'));
        let star = name
            .parse::<usize>()
            .is_ok_and(|n| (1..=self.reference.matches('*').count().min(STARS)).contains(&n));
        star || facts.into_iter().any(|fact| fact == name)
    }
}

/// The revision that a push of the source is by itself, where a deployment can take it from there.
fn own_revision(source: Source) -> Option<Value> {
    match source {
        Source::GitHub => Some(json!({
            "revisionType": "GitHub",
            "gitHubLocation": { "repository": "{{repository}}", "commitId": "{{commit}}" },
        })),
        Source::S3 => Some(json!({
            "revisionType": "S3",
            "s3Location": {
                "bucket": "{{bucket}}",
                "key": "{{key}}",
                "bundleType": "{{bundle}}",
                "version": "{{version?}}",
                "eTag": "{{etag?}}",
            },
        })),
        Source::CodeCommit | Source::Bitbucket | Source::Ecr | Source::CodePipeline => None,
    }
}

fn no_revision(source: Source) -> String {
    let why = match source {
        Source::CodeCommit | Source::Bitbucket => {
            "a deployment cannot take a commit from there; name a bucket for archives of commits, or have the build put \
             one into S3 and name that"
        }
        _ => "what it tells of is no revision by itself",
    };
    format!("a trigger of {source} needs a revision: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(source: Source, reference: &str, revision: Option<Value>, order: Option<&str>) -> Trigger {
        Trigger {
            v: TRIGGER_VERSION,
            name: "t".to_owned(),
            source,
            place: "acme/*".to_owned(),
            reference: reference.to_owned(),
            application: "shop".to_owned(),
            group: "prod".to_owned(),
            policy: Policy::Latest,
            revision,
            archive: None,
            order: order.map(str::to_owned),
            sealed: None,
            created_at: Timestamp::from_millis(0),
        }
    }

    fn push(reference: &str) -> Push {
        Push {
            source: Source::GitHub,
            place: "acme/web".to_owned(),
            reference: reference.to_owned(),
            event: "e".to_owned(),
            at: Timestamp::from_millis(7_000),
            facts: [("repository", "acme/web"), ("commit", "c0ffee")]
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
                .into(),
        }
    }

    #[test]
    fn a_push_becomes_a_request() {
        let plain = trigger(Source::GitHub, "refs/heads/main", None, None);
        assert!(plain.matches(&push("refs/heads/main")) && !plain.matches(&push("refs/heads/dev")));
        let Wanted { request, order, fetch } = plain.wanted(&push("refs/heads/main")).expect("a request");
        assert_eq!((order.as_str(), fetch), ("000000000007000", None));
        assert_eq!(
            request,
            json!({
                "applicationName": "shop",
                "deploymentGroupName": "prod",
                "revision": {
                    "revisionType": "GitHub",
                    "gitHubLocation": { "repository": "acme/web", "commitId": "c0ffee" },
                },
                "description": "Pushed by github: acme/web refs/heads/main",
            })
        );
        let content =
            json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": "v: {{1}} {{commit}}"}});
        let tagged = trigger(Source::GitHub, "refs/tags/v*", Some(content), Some("{{1}}"));
        let Wanted { request, order, .. } = tagged.wanted(&push("refs/tags/v1.10")).expect("a request");
        assert_eq!(request["revision"]["appSpecContent"]["content"], "v: 1.10 c0ffee");
        assert_eq!(order, OrderKey::written("1.10").expect("a key"));
        let error = tagged.wanted(&push("refs/tags/vü")).expect_err("no key");
        assert!(error.contains("only letters"), "{error}");
    }

    #[test]
    fn a_commit_that_nobody_can_deploy_from_there_becomes_an_archive() {
        let archive = Archive { bucket: "builds".to_owned(), prefix: "src/".to_owned(), sealed_token: None };
        let mut archived = trigger(Source::Bitbucket, "refs/heads/main", None, None);
        archived.archive = Some(archive);
        assert_eq!(archived.fault(), None);
        let Wanted { request, fetch, .. } = archived.wanted(&push("refs/heads/main")).expect("a request");
        let key = "src/acme/web/c0ffee.zip";
        let location = json!({"bucket": "builds", "key": key, "bundleType": "zip"});
        assert_eq!(request["revision"], json!({"revisionType": "S3", "s3Location": location}));
        let text = str::to_owned;
        let (repository, commit) = (text("acme/web"), text("c0ffee"));
        assert_eq!(fetch, Some(Fetch { repository, commit, bucket: text("builds"), key: text(key) }));
        archived.revision = Some(json!({}));
        assert!(archived.fault().is_some_and(|why| why.contains("exclude each other")));
        archived.source = Source::GitHub;
        assert!(archived.fault().is_some_and(|why| why.contains("need no archive")));
    }

    #[test]
    fn what_can_never_deploy_is_told() {
        for (source, revision, order, fault) in [
            (Source::GitHub, None, None, None),
            (Source::S3, None, Some("{{1}}"), None),
            (Source::S3, None, Some("{{2}}"), Some("order key: pushes of s3 have no \"2\"")),
            (Source::Ecr, None, None, Some("needs a revision: what it tells")),
            (Source::Ecr, Some(json!("{{image}}")), None, None),
            (
                Source::Ecr,
                Some(json!("{{commit}}")),
                None,
                Some("they have time, place, reference, repository, digest"),
            ),
            (Source::Bitbucket, None, None, Some("name a bucket for archives of commits")),
            (Source::GitHub, Some(json!("{{commit")), None, Some("revision: a {{ in")),
        ] {
            let found = trigger(source, "a*", revision, order).fault();
            match (found, fault) {
                (None, None) => {}
                (Some(found), Some(part)) => assert!(found.contains(part), "{found}"),
                (found, fault) => panic!("{source}: {found:?}, not {fault:?}"),
            }
        }
    }
}
