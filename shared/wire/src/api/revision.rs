//! Revisions: where the thing to deploy is.

shapes! {
    /// A revision.
    RevisionLocation {
        revision_type: Option<String>,
        s3_location: Option<S3Location>,
        git_hub_location: Option<GitHubLocation>,
        string: Option<RawString>,
        app_spec_content: Option<RawString>,
    }

    /// A bundle in S3.
    S3Location {
        bucket: Option<String>,
        key: Option<String>,
        bundle_type: Option<String>,
        version: Option<String>,
        e_tag: Option<String>,
    }

    /// A commit on GitHub.
    GitHubLocation {
        repository: Option<String>,
        commit_id: Option<String>,
    }

    /// An AppSpec as text.
    RawString {
        content: Option<String>,
        sha256: Option<String>,
    }
}
