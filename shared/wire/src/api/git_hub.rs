//! GitHub account tokens, and what is linked to an external id.

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

    /// DeleteResourcesByExternalId.
    DeleteResourcesByExternalIdInput {
        external_id: Option<String>,
    }
}
