//! Names of GitHub account tokens, and resources that belong to an external id.

use cutover_core::ids::Scope;
use cutover_store::git_hub;
use cutover_store::lists::{self, Names};
use cutover_wire::api::git_hub::*;

use crate::error::{Answer, refuse};
use crate::rules::{Valid, given};
use crate::service::{PAGE, Service};
use crate::tokens::PlaceBody;

impl Service {
    /// ListGitHubAccountTokenNames, in alphabetical order.
    pub async fn list_git_hub_tokens(
        &self,
        scope: &Scope,
        input: Valid<ListGitHubAccountTokenNamesInput>,
    ) -> Answer<ListGitHubAccountTokenNamesOutput> {
        const LIST: &str = "GitHub tokens";
        let after: Option<PlaceBody> = self.tokens.read(scope, LIST, &input.next_token)?;
        let page =
            lists::names(self.table(), scope, Names::GitHubTokens, after.map(Into::into), PAGE).await?;
        Ok(ListGitHubAccountTokenNamesOutput {
            token_name_list: page.found,
            next_token: page.next.map(|place| self.tokens.issue(scope, LIST, &PlaceBody::from(place))),
        })
    }

    /// DeleteGitHubAccountToken.
    pub async fn delete_git_hub_token(
        &self,
        scope: &Scope,
        input: Valid<DeleteGitHubAccountTokenInput>,
    ) -> Answer<DeleteGitHubAccountTokenOutput> {
        let name = given(&input.token_name);
        if !git_hub::delete(self.table(), scope, name).await? {
            let message = format!("No GitHub account token found for name: {name}");
            return Err(refuse("GitHubAccountTokenDoesNotExistException", message));
        }
        Ok(DeleteGitHubAccountTokenOutput { token_name: name.to_owned() })
    }

    /// DeleteResourcesByExternalId: nothing of ours is linked to one, so everything that is has gone.
    pub async fn delete_by_external_id(
        &self,
        _: &Scope,
        _: Valid<DeleteResourcesByExternalIdInput>,
    ) -> Answer<()> {
        Ok(())
    }
}
