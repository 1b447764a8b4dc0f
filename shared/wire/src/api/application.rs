//! Applications.

use super::tag::Tag;
use super::time::Time;

shapes! {
    /// CreateApplication.
    CreateApplicationInput {
        application_name: Option<String>,
        compute_platform: Option<String>,
        tags: Option<Vec<Tag>>,
    }

    /// What CreateApplication answers.
    CreateApplicationOutput {
        application_id: String,
    }

    /// GetApplication and DeleteApplication.
    ApplicationInput {
        application_name: Option<String>,
    }

    /// What GetApplication answers.
    GetApplicationOutput {
        application: ApplicationInfo,
    }

    /// An application.
    ApplicationInfo {
        application_id: String,
        application_name: String,
        create_time: Option<Time>,
        linked_to_git_hub: bool,
        git_hub_account_name: Option<String>,
        compute_platform: String,
    }

    /// BatchGetApplications.
    BatchGetApplicationsInput {
        application_names: Option<Vec<String>>,
    }

    /// What BatchGetApplications answers.
    BatchGetApplicationsOutput {
        applications_info: Vec<ApplicationInfo>,
    }

    /// ListApplications.
    ListApplicationsInput {
        next_token: Option<String>,
    }

    /// What ListApplications answers.
    ListApplicationsOutput {
        applications: Vec<String>,
        next_token: Option<String>,
    }

    /// UpdateApplication.
    UpdateApplicationInput {
        application_name: Option<String>,
        new_application_name: Option<String>,
    }
}
