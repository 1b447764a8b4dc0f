//! One delivery: what happened, to one listener.

use cutover_core::audience::{Callback, Topic};
use cutover_ports::call::CallError;
use cutover_ports::outgoing::{BusEvent, TopicMessage, WebRequest};
use cutover_store::webhook::Kept;
use cutover_wire::notice::facts::Facts;
use cutover_wire::notice::{event_bridge, sign, sns, stack};

use crate::listener::Listener;
use crate::{Notifier, Outlets};

/// The longest words of a failed delivery that are kept.
const WORDS: usize = 300;

/// What a stack is told besides.
pub(crate) struct Awaited<'a> {
    /// The deployment that it waits for.
    pub(crate) deployment: &'a str,
    /// Why that one did not succeed.
    pub(crate) error: Option<&'a str>,
}

impl Notifier {
    /// Delivers, or says in words why not.
    pub(crate) async fn deliver(
        &self,
        listener: &Listener,
        facts: &Facts,
        awaited: &Awaited<'_>,
    ) -> Result<(), String> {
        let id = facts.id(&listener.key());
        let told = match listener {
            Listener::Topic(topic) => self.outlets.topic(topic, facts, id).await,
            Listener::Bus => self.outlets.event(facts, &id).await,
            Listener::Webhook(webhook) => {
                let now = self.driver.now().as_millis() / 1_000;
                let kept = webhook.kept(&facts.scope, self.outlets.sealer.as_deref()).await.map_err(words)?;
                let Some(Kept { url, secret }) = kept else {
                    return Err("its address cannot be opened: the master key is another".to_owned());
                };
                let body = webhook.format.body(facts, &id);
                let headers = sign::headers(&secret, facts.told, &id, now, &body);
                self.outlets.request(&WebRequest { method: "POST", url, headers, body }).await
            }
            Listener::Stack(Callback { url }) => {
                let body = stack::signal(facts, awaited.deployment, awaited.error).to_string();
                // The address is signed for a body without a type.
                let request = WebRequest { method: "PUT", url: url.clone(), headers: Vec::new(), body };
                self.outlets.request(&request).await
            }
        };
        told.map_err(|words| words.chars().take(WORDS).collect())
    }
}

impl Outlets {
    async fn topic(&self, topic: &Topic, facts: &Facts, id: String) -> Result<(), String> {
        let Some(topics) = &self.topics else { return Ok(()) };
        let body = sns::message(facts, &topic.name).to_string();
        let message = TopicMessage { id, subject: sns::subject(facts), body };
        topics.publish(&topic.arn, &message).await.map_err(words)
    }

    async fn event(&self, facts: &Facts, id: &str) -> Result<(), String> {
        let (Some(bus), Some(event)) = (&self.bus, event_bridge::event(facts, id)) else { return Ok(()) };
        let event = BusEvent {
            source: event_bridge::SOURCE.to_owned(),
            detail_type: event.detail_type.to_owned(),
            detail: event.detail.to_string(),
            resources: event.resources,
            at_millis: facts.at.as_millis(),
        };
        bus.put(&facts.scope, &event).await.map_err(words)
    }

    async fn request(&self, request: &WebRequest) -> Result<(), String> {
        let Some(web) = &self.web else { return Ok(()) };
        match web.send(request).await {
            Ok(200..=299) => Ok(()),
            Ok(status @ 300..=399) => Err(format!("it answered {status}; redirects are not followed")),
            Ok(status) => Err(format!("it answered {status}")),
            Err(error) => Err(words(error)),
        }
    }
}

fn words(error: CallError) -> String {
    error.to_string()
}
