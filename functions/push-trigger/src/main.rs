//! The Lambda function: events of EventBridge, messages of its queue, and webhooks of a function URL.

use std::sync::Arc;

use cutover_aws::archives::CommitArchives;
use cutover_driver::pushes::Pushes;
use cutover_driver::shards::Shards;
use cutover_lambda::batch::{Batch, BatchAnswer};
use cutover_lambda::context::Context;
use cutover_lambda::runtime::run;
use cutover_lambda::sealer::sealer;
use cutover_lambda::settings::{outgoing, settings};
use cutover_lambda::url::{UrlAnswer, UrlRequest};
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_service::archives::Archiving;
use cutover_service::service::{Service, Settings};
use cutover_service::webhooks::Webhook;
use push_trigger::{PATH, PushTrigger};
use serde_json::{Value, json};

fn main() -> Result<(), lambda_runtime::Error> {
    let context = Context::from_env()?;
    // Nothing is listed here, so that any key will do.
    let settings = Settings { sealer: sealer(&context.sdk), ..settings(&context.scope, OsEntropy.key()) };
    let service =
        Service::new(Arc::new(context.driver.clone()), Arc::new(SystemClock), Arc::new(OsEntropy), settings);
    let archives = Archiving::Here(Arc::new(CommitArchives::from_env(context.sdk.clone())));
    let service = service.with_fleets(Shards::without_key(context.driver.clone())).with_archives(archives);
    let service = Arc::new(service.with_outgoing(outgoing()));
    let pushes = Pushes::new(context.driver.clone(), service.clone());
    let trigger = PushTrigger::new(pushes, service, context.scope.clone());
    run(async |event: Value| {
        if event.get("requestContext").is_some() {
            return Ok(serde_json::to_value(webhook(&trigger, &serde_json::from_value(event)?).await)?);
        }
        if event.get("Records").is_none() {
            return Ok(json!({ "told": trigger.event(&event).await? }));
        }
        let batch: Batch = serde_json::from_value(event)?;
        let mut dealt = Vec::new();
        for record in &batch.records {
            let done = trigger.message(&record.body).await;
            if let Err(error) = &done {
                tracing::error!(message = record.message_id, %error, "left to be delivered again");
            }
            dealt.push(done.is_ok());
        }
        Ok(serde_json::to_value(BatchAnswer::of(&batch, &dealt))?)
    })
}

/// Answers a request that anybody may make: what no secret signs changes nothing.
async fn webhook(trigger: &PushTrigger, request: &UrlRequest) -> UrlAnswer {
    let json = |status: u16, body: &Value| {
        UrlAnswer::new(status, body.to_string()).with_header("content-type", "application/json")
    };
    let Some(name) = request.raw_path.strip_prefix(PATH) else {
        return json(404, &json!({ "message": format!("Webhooks are at {PATH}NAME.") }));
    };
    if request.method() != Some("POST") {
        return json(405, &json!({ "message": "A webhook is a POST." })).with_header("allow", "POST");
    }
    let (header, body) = (|name: &str| request.header(name), request.bytes());
    let answer = trigger.webhook(&Webhook { trigger: name, header: &header, body: &body }).await;
    let (peer, request_id) = (request.source(), &request.request_context.request_id);
    tracing::info!(target: "access", request = request_id, peer, status = answer.status, "access");
    json(answer.status, &answer.body)
}
