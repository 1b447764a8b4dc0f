//! Archives of commits: where hosts cannot fetch from the source, a push brings the commit into S3 first.

use std::sync::Arc;

use cutover_core::ids::Scope;
use cutover_core::trigger::rule::{Archive, Fetch, Trigger};
use cutover_ports::archives::{Archives, Commit};
use cutover_ports::call::CallError;
use cutover_store::triggers;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::git_hub::Secret;
use cutover_wire::api::trigger::CreateTriggerInput;

use crate::error::{Answer, refuse};
use crate::service::Service;
use crate::triggers::invalid;

/// Who brings archives of commits into S3.
#[derive(Clone, Default)]
pub enum Archiving {
    /// Nobody: such triggers are refused.
    #[default]
    Nowhere,
    /// Another function of this installation.
    Elsewhere,
    /// This process.
    Here(Arc<dyn Archives>),
}

/// What reads a repository. No message shows it.
pub(crate) fn token(token: &Secret) -> Result<(), ApiError> {
    if (1..=4_096).contains(&token.0.len()) && token.0.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(invalid("The access token must be 1 to 4096 ASCII characters without spaces."))
}

impl Service {
    /// What a new trigger says of archives, its token sealed.
    pub(crate) async fn archive(
        &self,
        scope: &Scope,
        name: &str,
        input: &CreateTriggerInput,
    ) -> Answer<Option<Archive>> {
        let Some(bucket) = &input.archive_bucket else {
            let stray = input.archive_prefix.as_ref().map(|_| "archivePrefix");
            return match stray.or(input.access_token.as_ref().map(|_| "accessToken")) {
                Some(member) => Err(invalid(format!("{member} says nothing without archiveBucket.")).into()),
                None => Ok(None),
            };
        };
        if matches!(self.archiving, Archiving::Nowhere) {
            let message = "This Cutover brings no archives into S3: run `cutover serve --targets aws`, or have the build \
                           put them there and name them by a revision.";
            return Err(refuse("OperationNotSupportedException", message));
        }
        let sealed_token = match &input.access_token {
            None => None,
            Some(token) => {
                let place = triggers::sealed_for_token(scope, name);
                Some(self.sealed("access tokens", &place, &token.0).await?)
            }
        };
        let prefix = input.archive_prefix.clone().unwrap_or_default();
        Ok(Some(Archive { bucket: bucket.clone(), prefix, sealed_token }))
    }

    /// Sees to it that an archive is in S3. Why it never will be, if that is so; an error may pass.
    pub(crate) async fn brought(
        &self,
        scope: &Scope,
        trigger: &Trigger,
        fetch: &Fetch,
    ) -> Result<Option<String>, String> {
        let Archiving::Here(archives) = &self.archiving else {
            return Ok(Some("this Cutover brings no archives into S3".to_owned()));
        };
        let token = match trigger.archive.as_ref().and_then(|archive| archive.sealed_token.as_ref()) {
            None => None,
            Some(sealed) => {
                let place = triggers::sealed_for_token(scope, &trigger.name);
                let opened = self.opened(&place, sealed).await.map_err(|error| error.to_string())?;
                let lost = "the access token of the trigger cannot be opened: the master key is another";
                let Some(token) = opened else { return Ok(Some(lost.to_owned())) };
                Some(token)
            }
        };
        let commit = Commit {
            source: trigger.source,
            repository: fetch.repository.clone(),
            commit: fetch.commit.clone(),
            token,
            bucket: fetch.bucket.clone(),
            key: fetch.key.clone(),
        };
        match archives.bring(&commit).await {
            Ok(()) => Ok(None),
            Err(error @ (CallError::Gone { .. } | CallError::Denied { .. } | CallError::Refused { .. })) => {
                Ok(Some(format!("the archive of {}: {error}", fetch.commit)))
            }
            Err(error @ (CallError::Conflict | CallError::Transient { .. })) => {
                Err(format!("bring the archive of {}: {error}", fetch.commit))
            }
        }
    }
}
