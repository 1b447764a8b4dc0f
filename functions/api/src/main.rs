//! The Lambda function: requests of its function URL, and the same shape by direct invoke.

use std::sync::Arc;
use std::time::Instant;

use api::{Api, ApiRequest, Asked, Caller, Head, Permit, Service, leaver};
use async_trait::async_trait;
use cutover_aws::host_queues::SqsHosts;
use cutover_core::fleet_plan::Selection;
use cutover_core::ids::Scope;
use cutover_driver::registered::Registered;
use cutover_driver::shards::Shards;
use cutover_lambda::context::{Context, variable};
use cutover_lambda::runtime::run;
use cutover_lambda::sealer::sealer;
use cutover_lambda::settings::{outgoing, settings};
use cutover_lambda::url::{UrlAnswer, UrlRequest};
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_post::place::Places;
use cutover_post::poster::Poster;
use cutover_service::archives::Archiving;
use cutover_service::outgoing::Outgoing;
use cutover_service::service::{Settings, UNVERIFIED};
use cutover_store::codec::StoreError;
use cutover_store::hosts::Hosts;
use cutover_store::token_key::token_key;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

fn main() -> Result<(), lambda_runtime::Error> {
    let context = Context::from_env()?;
    let api = OnceCell::new();
    run(async |event: Value| {
        let request: UrlRequest = serde_json::from_value(event)?;
        let answer = match api.get_or_try_init(|| open(&context)).await {
            Ok(api) => answer(api, &context, &request).await,
            Err(error) => unavailable(&error, &request.request_context.request_id),
        };
        Ok(serde_json::to_value(answer)?)
    })
}

async fn open(context: &Context) -> Result<Api, StoreError> {
    let table = context.driver.deployments().table();
    let token_key = token_key(table.as_ref(), &context.scope, OsEntropy.key()).await?;
    let driver = Arc::new(context.driver.clone());
    let shards = Shards::without_key(context.driver.clone());
    let settings = Settings { sealer: sealer(&context.sdk), ..settings(&context.scope, token_key) };
    let service = Service::new(driver, Arc::new(SystemClock), Arc::new(OsEntropy), settings);
    let desk = std::env::var("CUTOVER_HOST_DESK").ok();
    let webhooks = variable("CUTOVER_WEBHOOK_URL").ok().map(|url| format!("{url}webhooks/"));
    let outgoing = Outgoing { web: Some(Arc::new(Poster::new(Places::from_env()))), ..outgoing() };
    let hosts = Arc::new(OnPremises(Registered(Hosts::new(table.clone()))));
    let service = service.with_fleets(shards).with_inventory(hosts).with_desk(desk);
    // By push-trigger.
    let service = service.with_archives(Archiving::Elsewhere);
    Ok(Api::new(Arc::new(service.with_webhooks(webhooks).with_outgoing(outgoing))))
}

/// The hosts that the table knows; this function may not ask EC2.
struct OnPremises(Registered);

#[async_trait]
impl Inventory for OnPremises {
    async fn select(&self, scope: &Scope, selection: &Selection) -> Result<Vec<FoundHost>, CallError> {
        if selection.ec2.is_empty() && selection.auto_scaling_groups.is_empty() {
            return self.0.select(scope, selection).await;
        }
        let message = "the group has EC2 instances, and only the function fleet-plan may list them, at the start of a deployment";
        Err(CallError::Refused { message: message.to_owned() })
    }
}

async fn answer(api: &Api, context: &Context, request: &UrlRequest) -> UrlAnswer {
    let began = Instant::now();
    let request_id = &request.request_context.request_id;
    let principal = principal(request);
    let asked = Asked::of(Head { path: &request.raw_path, header: &|name| request.header(name) });
    let body = request.bytes();
    let response = api
        .handle(ApiRequest {
            asked,
            body: &body,
            request_id,
            caller: Caller { scope: context.scope.clone(), principal: principal.clone() },
            // IAM has checked who may invoke this function; it knows no roles of ours.
            permit: Permit::Everything,
            source: request.source(),
        })
        .await;
    if let Some(host) = leaver(&asked, &body).filter(|_| response.status == 200) {
        cut_off(context, &host).await;
    }
    tracing::info!(
        target: "access",
        request = request_id,
        peer = request.source(),
        principal,
        operation = asked.name(),
        status = response.status,
        code = response.error_type.unwrap_or("OK"),
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        sent = response.body.len(),
        "access"
    );
    UrlAnswer::new(response.status, response.body)
        .with_header("x-amzn-requestid", request_id)
        .with_header("x-amzn-errortype", response.error_type.unwrap_or_default())
}

/// Removes the queue of a deregistered host. Should that fail, it is refused all the same, and its credentials end
/// within the hour; deregistering it once more tries again.
async fn cut_off(context: &Context, host: &str) {
    let Some(queues) = SqsHosts::from_env(context.sdk.clone()) else { return };
    if let Err(fault) = queues.remove(host).await {
        tracing::error!(host, error = fault.message, "the queue of a deregistered host is still there");
    }
}

/// Who calls: whom IAM has checked for a Function URL, or what a direct invoke, of which Lambda tells nothing,
/// says of itself.
fn principal(request: &UrlRequest) -> Option<String> {
    let said = || request.header("x-cutover-user").map(|name| format!("{name}{UNVERIFIED}"));
    request.principal().or_else(said)
}

/// Clients try again by themselves.
fn unavailable(error: &StoreError, request_id: &str) -> UrlAnswer {
    tracing::error!(%error, "the table cannot be read");
    let told = json!({ "__type": "ServiceUnavailable", "message": "The service cannot reach its table." });
    UrlAnswer::new(503, told.to_string()).with_header("x-amzn-requestid", request_id)
}
