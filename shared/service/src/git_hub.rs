//! GitHub account tokens, and resources that belong to an external id.

use cutover_core::ids::Scope;
use cutover_store::git_hub;
use cutover_store::lists::{self, Names};
use cutover_wire::api::error::ApiError;
use cutover_wire::api::git_hub::*;

use crate::error::{Answer, refuse};
use crate::rules::rule::Rule;
use crate::rules::{Valid, given};
use crate::service::{PAGE, Service};
use crate::tokens::PlaceBody;

/// A token: 1 to 1,024 characters of ASCII without spaces. No message shows it.
pub(crate) struct Token;

/// Characters of a token.
const MOST: usize = 1_024;

impl Rule<Secret> for Token {
    fn check(&self, token: &Option<Secret>) -> Result<(), ApiError> {
        let text = token.as_ref().map_or("", |token| &token.0);
        if (1..=MOST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(());
        }
        let message = format!("The token must be 1 to {MOST} ASCII characters without spaces.");
        Err(ApiError::refused("InvalidGitHubAccountTokenException", message))
    }
}

impl Service {
    /// PutGitHubAccountToken: stores a token, sealed, in the place of the one of that name if there is one.
    pub async fn put_git_hub_token(
        &self,
        scope: &Scope,
        input: Valid<PutGitHubAccountTokenInput>,
    ) -> Answer<PutGitHubAccountTokenOutput> {
        let name = given(&input.token_name);
        if !git_hub::exists(self.table(), scope, name).await? {
            self.room_for(scope, Names::GitHubTokens).await?;
        }
        let token = input.token.as_ref().map_or("", |token| &token.0);
        let sealed = self.sealed("tokens of GitHub", &git_hub::sealed_for(scope, name), token).await?;
        git_hub::put(self.table(), scope, name, &sealed, self.now()).await?;
        Ok(PutGitHubAccountTokenOutput { token_name: name.to_owned() })
    }

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

    /// DeleteResourcesByExternalId. CloudFormation alone links resources to one, and it does not deploy here: there
    /// is nothing to delete.
    pub async fn delete_by_external_id(
        &self,
        _: &Scope,
        _: Valid<DeleteResourcesByExternalIdInput>,
    ) -> Answer<()> {
        Ok(())
    }
}
