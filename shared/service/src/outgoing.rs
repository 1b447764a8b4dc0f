//! Webhooks: created, listed, deleted, tried out.

use std::sync::Arc;

use cutover_core::audience::Told;
use cutover_core::ids::Scope;
use cutover_ports::outgoing::{WebPoster, WebRequest};
use cutover_store::webhook::{self, Kept, MOST, WEBHOOK_VERSION, Webhook};
use cutover_wire::api::error::ApiError;
use cutover_wire::api::git_hub::Secret;
use cutover_wire::api::webhook::*;
use cutover_wire::notice::facts::{Facts, Overview};
use cutover_wire::notice::sign;
use cutover_wire::notice::webhook::Format;

use crate::error::{Answer, refuse};
use crate::rules::{Valid, given};
use crate::service::Service;

const INVALID: &str = "InvalidWebhookException";
/// The longest address, in characters.
const URL: usize = 2_048;

/// How this installation tells others.
#[derive(Clone, Default)]
pub struct Outgoing {
    /// Whether it has an event bus.
    pub bus: bool,
    /// Whether webhooks are told.
    pub webhooks: bool,
    /// Reaches webhooks, for those who create them or try them out.
    pub web: Option<Arc<dyn WebPoster>>,
}

/// An address of a webhook; no message shows it.
pub(crate) fn url(url: &Secret) -> Result<(), ApiError> {
    let Secret(url) = url;
    let fits = (1..=URL).contains(&url.len()) && url.bytes().all(|b| b.is_ascii_graphic());
    if fits {
        return Ok(());
    }
    let message = format!("The address of a webhook must be 1 to {URL} ASCII characters without spaces.");
    Err(ApiError::refused(INVALID, message))
}

/// A secret of a webhook; no message shows it.
pub(crate) fn secret(secret: &Secret) -> Result<(), ApiError> {
    let Secret(secret) = secret;
    if (16..=256).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let message = "The secret of a webhook must be 16 to 256 ASCII characters without spaces.";
    Err(ApiError::refused(INVALID, message))
}

impl Service {
    /// CreateWebhook.
    pub async fn create_webhook(
        &self,
        scope: &Scope,
        input: Valid<CreateWebhookInput>,
    ) -> Answer<CreateWebhookOutput> {
        let web = self.web()?;
        let Some(Secret(url)) = &input.url else {
            return Err(refuse(INVALID, "The address of the webhook is required."));
        };
        web.check(url).map_err(|why| refuse(INVALID, format!("The webhook cannot be reached: {why}.")))?;
        let there = webhook::all(self.deployments().table(), scope).await?;
        if there.len() >= MOST {
            let message = format!("There may be {MOST} webhooks.");
            return Err(refuse("WebhookLimitExceededException", message));
        }
        let name = given(&input.webhook_name);
        let made = || Secret(format!("{:032x}{:032x}", self.entropy.bits(), self.entropy.bits()));
        let secret = input.secret.clone().unwrap_or_else(made);
        let Ok(kept) = serde_json::to_string(&Kept { url: url.clone(), secret: secret.0.clone() }) else {
            return Err(refuse(INVALID, "The address cannot be stored."));
        };
        let (kept, sealed) = match &self.settings.sealer {
            Some(_) => (self.sealed("webhooks", &webhook::sealed_for(scope, name), &kept).await?, true),
            None => (kept, false),
        };
        let webhook = Webhook {
            v: WEBHOOK_VERSION,
            id: format!("wh-{:012x}", self.entropy.bits() & 0xffff_ffff_ffff),
            name: name.to_owned(),
            kept,
            sealed,
            shown: shown(url),
            format: format(given(&input.format)),
            events: events(input.events.as_deref().unwrap_or_default()),
            applications: input.applications.clone().unwrap_or_default(),
            created_at: self.now(),
        };
        if !webhook::create(self.table(), scope, &webhook).await? {
            let message = format!("There is a webhook {name} already; delete it first.");
            return Err(refuse("WebhookAlreadyExistsException", message));
        }
        Ok(CreateWebhookOutput { webhook: info(&webhook), secret: Some(secret) })
    }

    /// ListWebhooks, by name.
    pub async fn list_webhooks(
        &self,
        scope: &Scope,
        _: Valid<ListWebhooksInput>,
    ) -> Answer<ListWebhooksOutput> {
        let all = webhook::all(self.deployments().table(), scope).await?;
        Ok(ListWebhooksOutput { webhooks: all.iter().map(info).collect() })
    }

    /// DeleteWebhook. What it was not told yet it is not told any more.
    pub async fn delete_webhook(
        &self,
        scope: &Scope,
        input: Valid<WebhookNameInput>,
    ) -> Answer<DeleteWebhookOutput> {
        let name = given(&input.webhook_name);
        if !webhook::delete(self.table(), scope, name).await? {
            return Err(no_webhook(name));
        }
        Ok(DeleteWebhookOutput { webhook_name: name.to_owned() })
    }

    /// TestWebhook: tells the webhook of a deployment that there is not, once and now.
    pub async fn test_webhook(
        &self,
        scope: &Scope,
        input: Valid<WebhookNameInput>,
    ) -> Answer<TestWebhookOutput> {
        let (web, name) = (self.web()?, given(&input.webhook_name));
        let found = webhook::find(self.table(), scope, name).await?.ok_or_else(|| no_webhook(name))?;
        let kept = found.kept(scope, self.settings.sealer.as_deref()).await;
        let kept = kept.map_err(|error| ApiError::unavailable(error.to_string()))?;
        let Some(Kept { url, secret }) = kept else {
            let message = "What is sealed of the webhook cannot be opened: create it anew.";
            return Err(refuse("InvalidOperationException", message));
        };
        let facts = sample(scope, self.now());
        let id = facts.id(&format!("webhook:{}.test", found.id));
        let body = found.format.body(&facts, &id);
        let headers = sign::headers(&secret, facts.told, &id, self.now().as_millis() / 1_000, &body);
        let told = web.send(&WebRequest { method: "POST", url, headers, body }).await;
        Ok(TestWebhookOutput {
            webhook_name: name.to_owned(),
            delivered: matches!(told, Ok(200..=299)),
            status: told.as_ref().ok().copied(),
            message: told.err().map(|error| error.to_string()),
        })
    }

    fn web(&self) -> Answer<&Arc<dyn WebPoster>> {
        let message = "This installation of Cutover reaches no webhooks.";
        self.outgoing.web.as_ref().ok_or_else(|| refuse("OperationNotSupportedException", message))
    }
}

fn no_webhook(name: &str) -> crate::error::ServiceError {
    refuse("WebhookDoesNotExistException", format!("There is no webhook {name}."))
}

fn info(webhook: &Webhook) -> WebhookInfo {
    let format = match webhook.format {
        Format::Json => "json",
        Format::Slack => "slack",
        Format::Teams => "teams",
    };
    WebhookInfo {
        webhook_name: webhook.name.clone(),
        webhook_id: webhook.id.clone(),
        address: webhook.shown.clone(),
        format: format.to_owned(),
        events: webhook.events.iter().map(|told| told.as_str().to_owned()).collect(),
        applications: webhook.applications.clone(),
        create_time: Some(webhook.created_at.into()),
    }
}

/// The place without path and query: those of chat rooms are secrets.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    match rest.split_once(['/', '?', '#']) {
        Some((host, "")) => format!("{scheme}://{host}/"),
        Some((host, _)) => format!("{scheme}://{host}/…"),
        None => format!("{scheme}://{rest}"),
    }
}

fn format(word: &str) -> Format {
    match word {
        "slack" => Format::Slack,
        "teams" => Format::Teams,
        _ => Format::Json,
    }
}

fn events(words: &[String]) -> Vec<Told> {
    Told::ALL.into_iter().filter(|told| words.iter().any(|word| word == told.as_str())).collect()
}

fn sample(scope: &Scope, now: cutover_core::time::Timestamp) -> Facts {
    Facts {
        scope: scope.clone(),
        told: Told::DeploymentSuccess,
        at: now,
        seq: 2,
        application: "test".to_owned(),
        group: "test".to_owned(),
        group_id: String::new(),
        deployment: "d-TESTTEST0".to_owned(),
        platform: "Lambda",
        status: "Succeeded",
        created_at: now,
        started_at: Some(now),
        completed_at: Some(now),
        overview: Overview { succeeded: 1, ..Overview::default() },
        error: None,
        rollback: None,
        host: None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_may_be_secret_in_an_address_is_not_shown() {
        for (url, shown) in [
            ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/…"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
            ("https://example.com?token=abc", "https://example.com/…"),
            ("https://example.com", "https://example.com"),
        ] {
            assert_eq!(super::shown(url), shown);
        }
    }
}
