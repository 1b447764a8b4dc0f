//! A bundle as the API names it.

use std::path::Path;

use cutover_service::fleet_draft::LOCAL_BUCKET;
use cutover_wire::api::revision::{RevisionLocation, S3Location};

use crate::failure::Failure;

/// The revision of `s3://BUCKET/KEY[?versionId=ID]`, or of a file or folder of this machine.
pub(crate) fn revision(location: &str) -> Result<RevisionLocation, Failure> {
    let s3 = match location.strip_prefix("s3://") {
        Some(rest) => in_s3(location, rest)?,
        None => of_this_machine(location)?,
    };
    Ok(RevisionLocation {
        revision_type: Some("S3".to_owned()),
        s3_location: Some(s3),
        ..RevisionLocation::default()
    })
}

fn in_s3(location: &str, rest: &str) -> Result<S3Location, Failure> {
    let (path, version) = match rest.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version.to_owned())),
        None => (rest, None),
    };
    let found = path.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    let (bucket, key) = found
        .ok_or_else(|| Failure::advised(format!("{location} names no bundle"), "Write s3://BUCKET/KEY."))?;
    Ok(S3Location {
        bucket: Some(bucket.to_owned()),
        key: Some(key.to_owned()),
        bundle_type: Some(bundle_type(location, key)?.to_owned()),
        version,
        e_tag: None,
    })
}

fn of_this_machine(location: &str) -> Result<S3Location, Failure> {
    let path =
        std::fs::canonicalize(location).map_err(|error| Failure::told(format!("{location}: {error}")))?;
    let text = path.to_str().ok_or_else(|| Failure::told(format!("{location} is not spelt in UTF-8")))?;
    // A folder ends with a slash and has no type of its own.
    let (key, bundle_type) = if path.is_dir() {
        (format!("{text}/"), "tar")
    } else {
        (text.to_owned(), bundle_type(location, text)?)
    };
    Ok(S3Location {
        bucket: Some(LOCAL_BUCKET.to_owned()),
        key: Some(key),
        bundle_type: Some(bundle_type.to_owned()),
        ..S3Location::default()
    })
}

fn bundle_type(location: &str, name: &str) -> Result<&'static str, Failure> {
    let ends = |ending: &str| Path::new(name).to_string_lossy().ends_with(ending);
    match () {
        () if ends(".zip") => Ok("zip"),
        () if ends(".tar") => Ok("tar"),
        () if ends(".tgz") || ends(".tar.gz") => Ok("tgz"),
        () => Err(Failure::advised(
            format!("the name of {location} does not tell how it is packed"),
            "Call it .zip, .tar, .tgz or .tar.gz.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_are_named() {
        for (location, expected) in [
            ("s3://b/k/a.zip", Some(("b", "k/a.zip", "zip", None))),
            ("s3://b/a.tar.gz?versionId=v7", Some(("b", "a.tar.gz", "tgz", Some("v7")))),
            ("s3://b/a.tar", Some(("b", "a.tar", "tar", None))),
            ("s3://b/a.rar", None),
            ("s3://b", None),
            ("s3:///a.zip", None),
            ("/no/such/file.zip", None),
        ] {
            let s3 = revision(location).ok().and_then(|revision| revision.s3_location);
            let found = s3.as_ref().map(|s3| {
                let word = |text: &Option<String>| text.as_deref().map(str::to_owned).unwrap_or_default();
                (word(&s3.bucket), word(&s3.key), word(&s3.bundle_type), s3.version.clone())
            });
            let expected = expected.map(|(bucket, key, kind, version): (&str, &str, &str, Option<&str>)| {
                (bucket.to_owned(), key.to_owned(), kind.to_owned(), version.map(str::to_owned))
            });
            assert_eq!(found, expected, "{location}");
        }
        let folder = revision("/").ok().and_then(|revision| revision.s3_location).expect("a folder");
        assert_eq!((folder.bucket.as_deref(), folder.bundle_type.as_deref()), (Some("_local"), Some("tar")));
    }
}
