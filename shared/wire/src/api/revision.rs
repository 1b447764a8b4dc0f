//! Revisions: where the thing to deploy is, and what is known of it.

use serde_json::Value;

use super::time::Time;

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

    /// RegisterApplicationRevision.
    RegisterApplicationRevisionInput {
        application_name: Option<String>,
        description: Option<String>,
        revision: Option<RevisionLocation>,
    }

    /// GetApplicationRevision.
    GetApplicationRevisionInput {
        application_name: Option<String>,
        revision: Option<RevisionLocation>,
    }

    /// What GetApplicationRevision answers.
    GetApplicationRevisionOutput {
        application_name: String,
        revision: Value,
        revision_info: GenericRevisionInfo,
    }

    /// What is known of a revision.
    GenericRevisionInfo {
        description: Option<String>,
        deployment_groups: Vec<String>,
        first_used_time: Option<Time>,
        last_used_time: Option<Time>,
        register_time: Option<Time>,
    }

    /// BatchGetApplicationRevisions.
    BatchGetApplicationRevisionsInput {
        application_name: Option<String>,
        revisions: Option<Vec<RevisionLocation>>,
    }

    /// What BatchGetApplicationRevisions answers.
    BatchGetApplicationRevisionsOutput {
        application_name: String,
        error_message: Option<String>,
        revisions: Vec<RevisionInfo>,
    }

    /// A revision and what is known of it.
    RevisionInfo {
        revision_location: Value,
        generic_revision_info: GenericRevisionInfo,
    }

    /// ListApplicationRevisions.
    ListApplicationRevisionsInput {
        application_name: Option<String>,
        sort_by: Option<String>,
        sort_order: Option<String>,
        s3_bucket: Option<String>,
        s3_key_prefix: Option<String>,
        deployed: Option<String>,
        next_token: Option<String>,
    }

    /// What ListApplicationRevisions answers.
    ListApplicationRevisionsOutput {
        revisions: Vec<Value>,
        next_token: Option<String>,
    }
}
