//! What scripts find in their environment, besides the agent's own and LIFECYCLE_EVENT. Pure.

/// The names of what is deployed.
#[derive(Debug, Clone)]
pub struct Names {
    /// The deployment's id.
    pub deployment: String,
    /// The application.
    pub application: String,
    /// The group's name.
    pub group: String,
    /// The group's id.
    pub group_id: String,
}

/// Where the bundle came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bundle {
    /// This machine.
    Local,
    /// S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// Its version, in buckets that have them.
        version: Option<String>,
        /// Its ETag.
        etag: Option<String>,
    },
    /// GitHub.
    GitHub {
        /// The commit.
        commit: String,
    },
}

/// The variables, those without a value left out.
pub fn variables(names: &Names, bundle: &Bundle) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("DEPLOYMENT_ID", Some(names.deployment.clone())),
        ("APPLICATION_NAME", Some(names.application.clone())),
        ("DEPLOYMENT_GROUP_NAME", Some(names.group.clone())),
        ("DEPLOYMENT_GROUP_ID", Some(names.group_id.clone())),
    ];
    match bundle {
        Bundle::Local => {}
        Bundle::S3 { bucket, key, version, etag } => all.extend([
            ("BUNDLE_BUCKET", Some(bucket.clone())),
            ("BUNDLE_KEY", Some(key.clone())),
            ("BUNDLE_VERSION", version.clone()),
            ("BUNDLE_ETAG", etag.clone()),
        ]),
        Bundle::GitHub { commit } => all.push(("BUNDLE_COMMIT", Some(commit.clone()))),
    }
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_where_the_bundle_came_from() {
        let names = Names {
            deployment: "d-1".into(),
            application: "app".into(),
            group: "fleet".into(),
            group_id: "g-1".into(),
        };
        let named = |bundle| variables(&names, &bundle).into_iter().skip(4).collect::<Vec<_>>();
        assert_eq!(variables(&names, &Bundle::Local).len(), 4);
        let s3 = Bundle::S3 { bucket: "b".into(), key: "k".into(), version: None, etag: Some("e".into()) };
        let expected = [("BUNDLE_BUCKET", "b"), ("BUNDLE_KEY", "k"), ("BUNDLE_ETAG", "e")];
        assert_eq!(named(s3), expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(named(Bundle::GitHub { commit: "c".into() }), [("BUNDLE_COMMIT", "c".to_owned())]);
    }
}
