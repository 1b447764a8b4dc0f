//! Revisions: what a Lambda deployment reads out of one, and how one is shown.

use std::fmt::Write;

use cutover_appspec::{LambdaSpec, parse_lambda};
use cutover_wire::api::error::ApiError;
use cutover_wire::api::revision::{RawString, RevisionLocation};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fields::shortened;

/// Longest AppSpec that is stored with a deployment, in bytes.
const APPSPEC_BYTES: usize = 64 * 1024;
/// The members that hold an AppSpec as text.
const TEXTS: [&str; 2] = ["appSpecContent", "string"];

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::refused("InvalidRevisionException", message)
}

/// The AppSpec of a revision for Lambda (behaviour: revisions). What is wrong with it is told by line and
/// column.
pub(crate) fn lambda_spec(revision: &Option<RevisionLocation>) -> Result<LambdaSpec, ApiError> {
    let Some(revision) = revision else {
        return Err(ApiError::refused("RevisionRequiredException", "The revision is required."));
    };
    let content = text(revision)?;
    parse_lambda(content).map_err(|errors| invalid(format!("The AppSpec is not valid: {errors}")))
}

fn text(revision: &RevisionLocation) -> Result<&str, ApiError> {
    let (member, raw) = match revision.revision_type.as_deref() {
        Some("AppSpecContent") => (TEXTS[0], &revision.app_spec_content),
        Some("String") => (TEXTS[1], &revision.string),
        Some("S3") => {
            let message = "AppSpecs in S3 are not supported yet for Lambda: give the AppSpec itself, \
                           as revisionType AppSpecContent.";
            return Err(invalid(message));
        }
        Some("GitHub") => {
            return Err(invalid("Revisions on GitHub are for the compute platform Server, not for Lambda."));
        }
        Some(stranger) => {
            let message = format!(
                "The revisionType {:?} is none of S3, GitHub, String, AppSpecContent.",
                shortened(stranger)
            );
            return Err(invalid(message));
        }
        None => return Err(invalid("The revision has no revisionType.")),
    };
    let content = raw.as_ref().and_then(|raw| raw.content.as_deref()).unwrap_or_default();
    if content.is_empty() {
        return Err(invalid(format!("The revision has no {member}.content.")));
    }
    if content.len() > APPSPEC_BYTES {
        let message =
            format!("The AppSpec has {} bytes; at most {APPSPEC_BYTES} are allowed.", content.len());
        return Err(invalid(message));
    }
    digest_matches(raw.as_ref(), content)?;
    Ok(content)
}

/// behaviour: sha256 is the hex digest of the raw content.
fn digest_matches(raw: Option<&RawString>, content: &str) -> Result<(), ApiError> {
    let Some(told) = raw.and_then(|raw| raw.sha256.as_deref()) else { return Ok(()) };
    let found = sha256(content);
    if told.eq_ignore_ascii_case(&found) {
        return Ok(());
    }
    Err(invalid(format!("The sha256 of the content is {found}, not {:?}.", shortened(told))))
}

fn sha256(content: &str) -> String {
    Sha256::digest(content).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A stored revision as the API shows it: with the digest of its content.
pub(crate) fn shown(revision: &Value) -> Value {
    let mut shown = revision.clone();
    for member in TEXTS {
        if let Some(raw) = shown.get_mut(member).and_then(Value::as_object_mut)
            && let Some(digest) = raw.get("content").and_then(Value::as_str).map(sha256)
        {
            raw.insert("sha256".to_owned(), digest.into());
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

    fn revision(kind: &str, content: &str, sha256: Option<&str>) -> Option<RevisionLocation> {
        let raw = RawString { content: Some(content.to_owned()), sha256: sha256.map(str::to_owned) };
        Some(RevisionLocation {
            revision_type: Some(kind.to_owned()),
            app_spec_content: Some(raw.clone()),
            string: Some(raw),
            ..Default::default()
        })
    }

    #[test]
    fn both_texts_are_read() {
        let digest = sha256(SPEC).to_uppercase();
        for (kind, sha) in
            [("AppSpecContent", None), ("String", None), ("AppSpecContent", Some(digest.as_str()))]
        {
            let spec = lambda_spec(&revision(kind, SPEC, sha)).expect("a spec");
            assert_eq!((spec.function.as_str(), spec.alias.as_str()), ("fn", "live"));
        }
    }

    #[test]
    fn what_cannot_be_deployed_is_told() {
        let wrong = SPEC.replace("TargetVersion: 2", "TargetVersion: two");
        let long = format!("{SPEC}#{}", "x".repeat(APPSPEC_BYTES));
        for (given, code, part) in [
            (None, "RevisionRequiredException", "required"),
            (Some(RevisionLocation::default()), "InvalidRevisionException", "no revisionType"),
            (revision("S3", SPEC, None), "InvalidRevisionException", "S3"),
            (revision("GitHub", SPEC, None), "InvalidRevisionException", "GitHub"),
            (revision("Tape", SPEC, None), "InvalidRevisionException", "Tape"),
            (revision("String", "", None), "InvalidRevisionException", "string.content"),
            (revision("String", SPEC, Some("00")), "InvalidRevisionException", "sha256"),
            (revision("AppSpecContent", &wrong, None), "InvalidRevisionException", "line 5, column"),
            (revision("AppSpecContent", &long, None), "InvalidRevisionException", "bytes"),
        ] {
            let told = lambda_spec(&given).expect_err("a refusal");
            assert_eq!(told.code, code);
            assert!(told.message.contains(part), "{told}");
        }
    }

    #[test]
    fn revisions_are_shown_with_their_digest() {
        let stored = json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": "x"}});
        let digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        assert_eq!(shown(&stored)["appSpecContent"]["sha256"], digest);
        assert_eq!(shown(&json!({"revisionType": "S3"})), json!({"revisionType": "S3"}));
    }
}
