//! GitHub account tokens, and what is linked to an external id.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that no log shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

shapes! {
    /// ListGitHubAccountTokenNames.
    ListGitHubAccountTokenNamesInput {
        next_token: Option<String>,
    }

    /// What ListGitHubAccountTokenNames answers.
    ListGitHubAccountTokenNamesOutput {
        token_name_list: Vec<String>,
        next_token: Option<String>,
    }

    /// DeleteGitHubAccountToken.
    DeleteGitHubAccountTokenInput {
        token_name: Option<String>,
    }

    /// What DeleteGitHubAccountToken answers.
    DeleteGitHubAccountTokenOutput {
        token_name: String,
    }

    /// PutGitHubAccountToken.
    PutGitHubAccountTokenInput {
        token_name: Option<String>,
        token: Option<Secret>,
    }

    /// What PutGitHubAccountToken answers.
    PutGitHubAccountTokenOutput {
        token_name: String,
    }

    /// DeleteResourcesByExternalId.
    DeleteResourcesByExternalIdInput {
        external_id: Option<String>,
    }
}
