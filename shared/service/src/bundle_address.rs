//! GetBundleAddress: where a host finds a revision that GitHub does not show to everybody. Tokens of GitHub stay here; the
//! host gets an address that is good for some minutes, for the commit of its order.

use cutover_core::host_work::Bundle;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_ports::call::CallError;
use cutover_store::git_hub;
use cutover_wire::api::agent::{AcceptOrderInput, GetBundleAddressOutput};
use cutover_wire::api::error::ApiError;

use crate::error::{Answer, ServiceError, refuse};
use crate::rules::{Valid, given};
use crate::service::{Caller, Service, no_deployment};

impl Service {
    /// GetBundleAddress: for a host whose order was granted, and while it is.
    pub async fn get_bundle_address(
        &self,
        caller: &Caller,
        input: Valid<AcceptOrderInput>,
    ) -> Answer<GetBundleAddressOutput> {
        let deployment = DeploymentId::new(given(&input.deployment_id));
        let accepted = self.accept_order(caller, input).await?;
        if !accepted.granted {
            let why = accepted.reason.unwrap_or_default();
            return Err(refuse(
                "InvalidOperationException",
                format!("The order is not to be carried out: {why}."),
            ));
        }
        let planned = self.deployments().planned(&caller.scope, &deployment).await?;
        let planned = planned.ok_or_else(|| no_deployment(&deployment))?;
        match planned.plan.fleet.as_ref().map(|fleet| &fleet.work.bundle) {
            Some(Bundle::GitHub { repository, commit }) => {
                Ok(GetBundleAddressOutput { url: self.on_git_hub(&caller.scope, repository, commit).await? })
            }
            _ => Err(refuse("InvalidOperationException", "The revision is no commit on GitHub.")),
        }
    }

    /// Where GitHub gives out the archive of a commit.
    async fn on_git_hub(&self, scope: &Scope, repository: &str, commit: &str) -> Answer<String> {
        let Some(git_hub) = &self.git_hub else {
            return Err(refuse("InvalidOperationException", "This service asks GitHub for nothing."));
        };
        let (name, token) = self.git_hub_token(scope, repository).await?;
        git_hub.archive(repository, commit, &token).await.map_err(|error| match error {
            CallError::Transient { message } => {
                ApiError::unavailable(format!("Try again in a moment: {message}")).into()
            }
            CallError::Gone { .. } | CallError::Denied { .. } => {
                let message = format!("GitHub does not show the commit to the token {name}: {error}.");
                refuse("InvalidGitHubAccountTokenException", message)
            }
            error => refuse("InvalidOperationException", format!("GitHub's answer is of no use: {error}.")),
        })
    }

    /// The token that reads this repository, and its name: the repository's, or else its owner's.
    async fn git_hub_token(&self, scope: &Scope, repository: &str) -> Answer<(String, String)> {
        let owner = repository.split('/').next().unwrap_or_default();
        for name in [repository, owner] {
            let Some(sealed) = git_hub::find(self.table(), scope, name).await? else { continue };
            let opened = self.opened(&git_hub::sealed_for(scope, name), &sealed).await.map_err(|error| {
                tracing::error!(%error, "a token of GitHub cannot be opened");
                ServiceError::from(ApiError::unavailable(
                    "The key that secrets are sealed with cannot be had.",
                ))
            })?;
            let token = opened.ok_or_else(|| {
                let message = format!("The token {name} cannot be opened any more; put it again.");
                refuse("InvalidGitHubAccountTokenException", message)
            })?;
            return Ok((name.to_owned(), token));
        }
        let message = format!(
            "GitHub shows {repository} not to everybody, and there is no token for it: put one that reads it under the \
             name {repository} or {owner} (cutover github-tokens put {owner})."
        );
        Err(refuse("GitHubAccountTokenDoesNotExistException", message))
    }
}
