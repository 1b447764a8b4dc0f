//! The Lambda function: requests of its function URL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use cutover_aws::caller_identity::StsIdentities;
use cutover_aws::host_access::LentAccess;
use cutover_aws::host_queues::SqsHosts;
use cutover_aws::invoke::FunctionInvoker;
use cutover_core::limits::{ACCEPT_MS, HOOK_TIMEOUT_MS};
use cutover_driver::shards::Shards;
use cutover_lambda::context::{Context, MissingVariable, variable};
use cutover_lambda::runtime::run;
use cutover_lambda::sealer::sealer;
use cutover_lambda::url::{UrlAnswer, UrlRequest};
use cutover_ports::call::CallError;
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_post::git_hub;
use cutover_service::instance_proof::{self, Instances};
use cutover_service::quotas::Quotas;
use cutover_service::service::{Service, Settings};
use host_desk::{Asked, Desk, OrderKeys, ToldKey};
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// The service of the operations, and the dot behind it.
const TARGET: &str = "Cutover_20261101.";

/// How long what fleet-dispatch said is told again: thousands of hosts may ask after a change.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Asks fleet-dispatch, which alone has the private half.
struct Dispatch {
    invoker: FunctionInvoker,
    function: String,
    told: Mutex<Option<(Instant, ToldKey)>>,
}

#[async_trait]
impl OrderKeys for Dispatch {
    async fn told(&self) -> Result<ToldKey, CallError> {
        let mut told = self.told.lock().await;
        if let Some((_, known)) = told.as_ref().filter(|(at, _)| at.elapsed() < REMEMBERED) {
            return Ok(known.clone());
        }
        let question = json!({ "cutover": "order-key" }).to_string().into_bytes();
        let answer = self.invoker.invoke(&self.function, question).await?;
        let known: ToldKey = serde_json::from_slice(&answer).unwrap_or_default();
        if known.key.public_key.is_empty() {
            return Err(CallError::Transient { message: format!("{} told no key", self.function) });
        }
        *told = Some((Instant::now(), known.clone()));
        Ok(known)
    }
}

fn main() -> Result<(), lambda_runtime::Error> {
    let desk = open(&Context::from_env()?)?;
    run(async |event: Value| Ok(serde_json::to_value(answer(&desk, serde_json::from_value(event)?).await)?))
}

fn open(context: &Context) -> Result<Desk, MissingVariable> {
    let queues = SqsHosts::from_env(context.sdk.clone()).ok_or(MissingVariable("CUTOVER_HOST_QUEUES"))?;
    let access = LentAccess::from_env(queues).ok_or(MissingVariable("CUTOVER_HOST_ROLE"))?;
    let keys = Dispatch {
        invoker: FunctionInvoker::new(context.sdk.clone()),
        function: variable("CUTOVER_DISPATCH_FUNCTION")?,
        told: Mutex::new(None),
    };
    let settings = Settings {
        speed: 1,
        hook_timeout_ms: HOOK_TIMEOUT_MS,
        accept_ms: ACCEPT_MS,
        region: context.scope.region.clone(),
        quotas: Quotas::default(),
        // Nothing is listed here.
        token_key: OsEntropy.key(),
        sealer: sealer(&context.sdk),
    };
    let driver = Arc::new(context.driver.clone());
    let service = Service::new(driver, Arc::new(SystemClock), Arc::new(OsEntropy), settings);
    // Empty, the default, lets none in.
    let roles = instance_proof::roles(&std::env::var("CUTOVER_INSTANCE_ROLES").unwrap_or_default());
    let instances = Instances { roles, identities: Arc::new(StsIdentities::new(context.sdk.clone())) };
    let service = service.with_fleets(Shards::without_key(context.driver.clone()));
    let service = service.with_instances(Some(instances)).with_git_hub(Arc::new(git_hub::Api::from_env()));
    Ok(Desk::new(service, Arc::new(access), Arc::new(keys), context.scope.clone()))
}

async fn answer(desk: &Desk, request: UrlRequest) -> UrlAnswer {
    let request_id = &request.request_context.request_id;
    let target = request.header("x-amz-target").and_then(|target| target.strip_prefix(TARGET));
    let operation = target.unwrap_or_default();
    let (body, source) = (request.bytes(), request.source());
    let at = request.header("host").unwrap_or_default();
    let answered = desk.answer(Asked { operation, body: &body, at, request_id, source }).await;
    let (status, code, body) = match answered {
        Ok(value) => (200, "", cutover_wire::api::without_nulls(value)),
        Err(error) => (error.status, error.code, json!({ "__type": error.code, "message": error.message })),
    };
    // A host's own words do not go into the log.
    let operation = Desk::name(operation);
    tracing::info!(target: "access", request = request_id, peer = source, operation, status, code, "access");
    UrlAnswer::new(status, body.to_string())
        .with_header("x-amzn-requestid", request_id)
        .with_header("x-amzn-errortype", code)
}
