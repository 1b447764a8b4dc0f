//! Tokens of GitHub accounts.

use cutover_wire::api::git_hub::{
    DeleteGitHubAccountTokenInput, DeleteGitHubAccountTokenOutput, ListGitHubAccountTokenNamesInput,
    ListGitHubAccountTokenNamesOutput, PutGitHubAccountTokenInput, PutGitHubAccountTokenOutput, Secret,
};

use super::Api;
use crate::failure::Failure;

impl Api {
    /// Stores a token.
    pub(crate) async fn put_github_token(
        &self,
        name: &str,
        token: Secret,
    ) -> Result<PutGitHubAccountTokenOutput, Failure> {
        let input = PutGitHubAccountTokenInput { token_name: Some(name.to_owned()), token: Some(token) };
        self.own("PutGitHubAccountToken", &input).await
    }

    /// The names of all tokens.
    pub(crate) async fn github_tokens(&self) -> Result<Vec<String>, Failure> {
        let (mut names, mut input) = (Vec::new(), ListGitHubAccountTokenNamesInput::default());
        loop {
            let page: ListGitHubAccountTokenNamesOutput =
                self.codedeploy("ListGitHubAccountTokenNames", &input).await?;
            names.extend(page.token_name_list);
            input.next_token = page.next_token;
            if input.next_token.is_none() {
                return Ok(names);
            }
        }
    }

    /// Deletes a token.
    pub(crate) async fn delete_github_token(
        &self,
        name: &str,
    ) -> Result<DeleteGitHubAccountTokenOutput, Failure> {
        let input = DeleteGitHubAccountTokenInput { token_name: Some(name.to_owned()) };
        self.codedeploy("DeleteGitHubAccountToken", &input).await
    }
}
