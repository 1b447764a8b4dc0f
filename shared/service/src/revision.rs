//! Revisions: what one must say, the AppSpec in it, and how one is shown.

use cutover_core::hex::push_hex;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::revision::{ListApplicationRevisionsInput, RawString, RevisionLocation};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::rules::given;
use crate::rules::rule::{Form, Rule, Text, shortened};

/// Longest AppSpec that is stored with a deployment, in bytes.
const APPSPEC_BYTES: usize = 64 * 1024;
/// Longest name of a bucket, key, version, repository or commit, in bytes: what a key of S3 may have.
const NAME_BYTES: usize = 1_024;
/// The members that hold an AppSpec as text.
const TEXTS: [&str; 2] = ["appSpecContent", "string"];

const INVALID: &str = "InvalidRevisionException";
const TYPE: Text = Text {
    what: "revisionType",
    form: Form::Words(&["S3", "GitHub", "String", "AppSpecContent"]),
    invalid: INVALID,
    required: None,
};
const BUNDLE_TYPE: Text = Text {
    what: "bundleType",
    form: Form::Words(&["tar", "tgz", "zip", "YAML", "JSON"]),
    invalid: INVALID,
    required: None,
};

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::refused(INVALID, message)
}

/// A revision says where it is (behaviour: revisions). Whether it is there is another matter.
pub(crate) fn located(revision: &RevisionLocation) -> Result<(), ApiError> {
    let kind = TYPE.required(INVALID);
    kind.check(&revision.revision_type)?;
    let missing = |what: &str| invalid(format!("The revision has no {what}."));
    match given(&revision.revision_type) {
        "S3" => {
            let s3 = revision.s3_location.as_ref().ok_or_else(|| missing("s3Location"))?;
            some(&s3.bucket).ok_or_else(|| missing("s3Location.bucket"))?;
            some(&s3.key).ok_or_else(|| missing("s3Location.key"))?;
            for (member, text) in
                [("bucket", &s3.bucket), ("key", &s3.key), ("version", &s3.version), ("eTag", &s3.e_tag)]
            {
                bounded("s3Location", member, text)?;
            }
            BUNDLE_TYPE.required(INVALID).check(&s3.bundle_type)
        }
        "GitHub" => {
            let git_hub = revision.git_hub_location.as_ref().ok_or_else(|| missing("gitHubLocation"))?;
            let repository = some(&git_hub.repository).ok_or_else(|| missing("gitHubLocation.repository"))?;
            some(&git_hub.commit_id).ok_or_else(|| missing("gitHubLocation.commitId"))?;
            bounded("gitHubLocation", "repository", &git_hub.repository)?;
            bounded("gitHubLocation", "commitId", &git_hub.commit_id)?;
            match repository.split_once('/') {
                Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains('/') => Ok(()),
                _ => Err(invalid(format!("The repository {:?} is not OWNER/NAME.", shortened(repository)))),
            }
        }
        _ => text(revision).map(drop),
    }
}

fn bounded(location: &str, member: &str, text: &Option<String>) -> Result<(), ApiError> {
    match given(text).len() {
        bytes if bytes > NAME_BYTES => {
            Err(invalid(format!("{location}.{member} has {bytes} bytes; at most {NAME_BYTES} are allowed.")))
        }
        _ => Ok(()),
    }
}

/// A revision that must be given.
pub(crate) struct Required;

impl Rule<RevisionLocation> for Required {
    fn check(&self, revision: &Option<RevisionLocation>) -> Result<(), ApiError> {
        located(required(revision)?)
    }
}

/// The revision, which must be given.
pub(crate) fn required(revision: &Option<RevisionLocation>) -> Result<&RevisionLocation, ApiError> {
    revision
        .as_ref()
        .ok_or_else(|| ApiError::refused("RevisionRequiredException", "The revision is required."))
}

/// A key prefix is one in a bucket.
pub(crate) fn bucket_before_key(input: &ListApplicationRevisionsInput) -> Result<(), ApiError> {
    match (&input.s3_bucket, &input.s3_key_prefix) {
        (None, Some(_)) => {
            let message = "s3KeyPrefix needs s3Bucket.";
            Err(ApiError::refused("BucketNameFilterRequiredException", message))
        }
        _ => Ok(()),
    }
}

/// The AppSpec of a revision that gives it as text, and whether its digest is the one that was told.
pub(crate) fn app_spec(revision: &RevisionLocation) -> Result<Result<&str, String>, ApiError> {
    match given(&revision.revision_type) {
        "S3" => Err(invalid(
            "AppSpecs in S3 are not supported yet: give the AppSpec itself, as revisionType AppSpecContent.",
        )),
        "GitHub" => Err(invalid("Revisions on GitHub are for the compute platform Server alone.")),
        _ => {
            let (raw, content) = text(revision)?;
            Ok(digest_matches(raw, content).map(|()| content))
        }
    }
}

fn some(member: &Option<String>) -> Option<&str> {
    member.as_deref().filter(|text| !text.is_empty())
}

fn text(revision: &RevisionLocation) -> Result<(&RawString, &str), ApiError> {
    let (member, raw) = match given(&revision.revision_type) {
        "String" => (TEXTS[1], &revision.string),
        _ => (TEXTS[0], &revision.app_spec_content),
    };
    let found = raw.as_ref().and_then(|raw| some(&raw.content).map(|content| (raw, content)));
    let (raw, content) = found.ok_or_else(|| invalid(format!("The revision has no {member}.content.")))?;
    if content.len() > APPSPEC_BYTES {
        let message =
            format!("{member}.content has {} bytes; at most {APPSPEC_BYTES} are allowed.", content.len());
        return Err(invalid(message));
    }
    Ok((raw, content))
}

/// behaviour: sha256 is the hex digest of the raw content.
fn digest_matches(raw: &RawString, content: &str) -> Result<(), String> {
    let Some(told) = &raw.sha256 else { return Ok(()) };
    let found = sha256(content);
    if told.eq_ignore_ascii_case(&found) {
        return Ok(());
    }
    Err(format!("The sha256 of the content is {found}, not {:?}.", shortened(told)))
}

pub(crate) fn sha256(content: &str) -> String {
    let mut text = String::with_capacity(64);
    push_hex(&mut text, &Sha256::digest(content));
    text
}

/// A stored revision as the API shows it: with the digest of its content, unless one was told.
pub(crate) fn shown(revision: &Value) -> Value {
    let mut shown = revision.clone();
    for member in TEXTS {
        if let Some(raw) = shown.get_mut(member).and_then(Value::as_object_mut)
            && let Some(digest) = raw.get("content").and_then(Value::as_str).map(sha256)
        {
            raw.entry("sha256").or_insert(digest.into());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SPEC: &str = "version: 0.0
Resources:
  - fn:
      Type: AWS::Lambda::Function
      Properties: {Name: fn, Alias: live, CurrentVersion: 1, TargetVersion: 2}
";

    fn revision(kind: &str, content: &str, sha256: Option<&str>) -> RevisionLocation {
        let raw = RawString { content: Some(content.to_owned()), sha256: sha256.map(str::to_owned) };
        RevisionLocation {
            revision_type: Some(kind.to_owned()),
            app_spec_content: Some(raw.clone()),
            string: Some(raw),
            ..Default::default()
        }
    }

    #[test]
    fn both_texts_are_read_and_compared_with_their_digest() {
        let digest = sha256(SPEC).to_uppercase();
        for (kind, sha, fits) in [
            ("AppSpecContent", None, true),
            ("String", None, true),
            ("AppSpecContent", Some(digest.as_str()), true),
            ("String", Some("00"), false),
        ] {
            let revision = revision(kind, SPEC, sha);
            assert!(located(&revision).is_ok());
            assert_eq!(app_spec(&revision).expect("a text").is_ok(), fits);
        }
    }

    #[test]
    fn what_says_not_where_it_is_is_told() {
        let long = format!("{SPEC}#{}", "x".repeat(APPSPEC_BYTES));
        let of = |members: Value| serde_json::from_value(members).expect("a revision");
        let s3 = |members: Value| of(json!({"revisionType": "S3", "s3Location": members}));
        let git = |repository: &str| {
            of(
                json!({"revisionType": "GitHub", "gitHubLocation": {"repository": repository, "commitId": "c"}}),
            )
        };
        for (given, part) in [
            (RevisionLocation::default(), "revisionType is required"),
            (revision("Tape", SPEC, None), "Tape"),
            (revision("String", "", None), "string.content"),
            (revision("AppSpecContent", &long, None), "bytes"),
            (of(json!({"revisionType": "S3"})), "no s3Location"),
            (s3(json!({"key": "k", "bundleType": "zip"})), "s3Location.bucket"),
            (s3(json!({"bucket": "b", "bundleType": "zip"})), "s3Location.key"),
            (s3(json!({"bucket": "b", "key": "k"})), "bundleType is required"),
            (s3(json!({"bucket": "b", "key": "k", "bundleType": "rar"})), "rar"),
            (git("name"), "OWNER/NAME"),
            (git("a/b/c"), "OWNER/NAME"),
            (of(json!({"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b"}})), "commitId"),
        ] {
            let told = located(&given).expect_err("a refusal");
            assert_eq!(told.code, INVALID);
            assert!(told.message.contains(part), "{told}");
        }
        assert!(located(&s3(json!({"bucket": "b", "key": "k", "bundleType": "zip"}))).is_ok());
        assert!(located(&git("owner/name")).is_ok());
        assert_eq!(Required.check(&None).expect_err("a refusal").code, "RevisionRequiredException");
    }

    #[test]
    fn revisions_are_shown_with_their_digest() {
        let stored = json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": "x"}});
        let digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        assert_eq!(shown(&stored)["appSpecContent"]["sha256"], digest);
        assert_eq!(shown(&json!({"revisionType": "S3"})), json!({"revisionType": "S3"}));
    }
}
