//! The HTTP front: one POST endpoint for every operation, and what those ask who look after the service.

use std::sync::Arc;
use std::time::Duration;

use api::{Api, ApiRequest, ApiResponse, Caller};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Extension, FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use cutover_access::pace::Paces;
use cutover_core::access::Access;
use cutover_core::ids::Scope;
use cutover_local::sqlite::table::SqliteTable;
use cutover_ports::clock::Clock;
use cutover_ports::system::SystemClock;
use cutover_wire::api::error::ApiError;
use cutover_wire::host::is_loopback;
use serde_json::Value;

use crate::auth::{Auth, Known};
use crate::host_desk::HostDesk;
use crate::metrics::Metrics;
use crate::moto::{Moto, RESET_PATH};
use crate::observe::{CallerGone, RequestId, Told, observe};
use crate::targets::Local;
use crate::{enrol, key_operations, local_operations, sqs, status};

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);
/// The prefix of Cutover's own operations.
const OWN: &str = "Cutover_20261101.";

/// The operation after which a host may not call any more.
const DEREGISTER: &str = "CodeDeploy_20141006.DeregisterOnPremisesInstance";

/// What the role of hosts reaches and hosts do not: they report for themselves, not for hooks.
const HOOK_STATUS: &str = "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus";

/// What the endpoint hands requests to.
pub struct Front {
    /// The CodeDeploy operations and Cutover's own.
    pub api: Api,
    /// How callers are told apart.
    pub auth: Auth,
    /// How often each may call, if that is limited.
    pub paces: Option<Paces>,
    /// Largest request, in bytes.
    pub most_bytes: usize,
    /// Functions and alarms of this machine, where there are any.
    pub local: Option<Local>,
    /// What hosts need.
    pub hosts: HostDesk,
    /// Where requests belong that do not say.
    pub scope: Scope,
    /// What moto's tests expect otherwise, if they are to be answered.
    pub moto: Option<Moto>,
    /// The store.
    pub table: Arc<SqliteTable>,
    /// What is counted.
    pub metrics: Metrics,
}

/// The routes.
pub fn router(front: Arc<Front>) -> Router {
    let mut router = Router::new();
    if front.moto.is_some() {
        router = router.route(RESET_PATH, post(reset));
    }
    router
        .route("/health", get(status::health))
        .route("/ready", get(status::ready))
        .route("/metrics", get(status::counted))
        // An endpoint may be given with a path; only the target tells what is asked.
        .fallback(post(operation))
        .layer(DefaultBodyLimit::max(front.most_bytes))
        .layer(from_fn_with_state(front.clone(), observe))
        .with_state(front)
}

/// A request on its way through.
pub(crate) struct Passage<'a> {
    pub(crate) id: &'a str,
    pub(crate) source: &'a str,
    pub(crate) target: Option<&'a str>,
    pub(crate) told: Told,
    gone: CallerGone,
}

async fn operation(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(gone): Extension<CallerGone>,
    request: Request,
) -> Response<Body> {
    let headers = request.headers().clone();
    let target = headers.get("x-amz-target").and_then(|t| t.to_str().ok());
    let source = peer.ip().to_string();
    let mut passage = Passage { id: &id, source: &source, target, told: Told::default(), gone };
    passage.told.operation = known_name(target);
    let answer = match front.answer(&mut passage, &headers, request).await {
        Ok(answer) => answer,
        Err(error) if sqs::is_meant(target) => sqs::refused(&error),
        Err(error) => refused(&error),
    };
    let code = answer.error_type;
    passage.told.code = code;
    let mut response = written(answer);
    if sqs::is_meant(target) {
        response = sqs::dressed(response, code);
    }
    response.extensions_mut().insert(passage.told);
    response
}

impl Front {
    async fn answer(
        &self,
        passage: &mut Passage<'_>,
        headers: &HeaderMap,
        request: Request,
    ) -> Result<ApiResponse, ApiError> {
        if passage.told.operation == Some(enrol::ENROLL) {
            return self.enroll(passage, headers, request).await;
        }
        let claimant = self.auth.claimant(headers, SystemClock.now())?;
        let method = request.method().to_string();
        let uri = request.uri().path_and_query().map_or("/", |uri| uri.as_str()).to_owned();
        let body = self.body(request).await?;
        let now = SystemClock.now();
        let whole = (method.as_str(), uri.as_str(), headers, &body[..]);
        let known = self.auth.known(claimant, whole, &self.scope, now)?;
        passage.told.principal.clone_from(&known.caller.principal);
        if self.paces.as_ref().is_some_and(|paces| !paces.take(&known.counted, now)) {
            return Err(ApiError::refused("ThrottlingException", "Rate exceeded"));
        }
        self.hosts.check(&known).await?;
        if sqs::is_meant(passage.target) {
            let (target, gone) = (passage.target, passage.gone.clone());
            let (answer, rested) = self.queues((target, headers), &known, &body, gone).await;
            passage.told.rested = rested;
            return Ok(answer);
        }
        Ok(self.perform(passage, known, &body).await)
    }

    pub(crate) async fn body(&self, request: Request) -> Result<Bytes, ApiError> {
        let arrived = tokio::time::timeout(ARRIVAL, Bytes::from_request(request, &())).await;
        let late = || ApiError {
            code: "RequestTimeoutException",
            message: format!("The request did not arrive within {} s.", ARRIVAL.as_secs()),
            status: 408,
        };
        arrived.map_err(|_| late())?.map_err(|rejection| self.unreceived(&rejection))
    }

    /// A body that did not arrive: too long, or broken off.
    fn unreceived(&self, rejection: &BytesRejection) -> ApiError {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError {
                code: "RequestEntityTooLargeException",
                message: format!("The request is longer than {} bytes.", self.most_bytes),
                status: 413,
            },
            _ => ApiError::unreadable(rejection.body_text()),
        }
    }

    async fn perform(&self, passage: &Passage<'_>, known: Known, body: &[u8]) -> ApiResponse {
        let Known { caller, permit, .. } = known;
        let (target, source) = (passage.target, Some(passage.source));
        let request = ApiRequest { target, body, request_id: passage.id, caller, permit, source };
        let own = target.and_then(|target| target.strip_prefix(OWN));
        if let (Auth::Keys(ring, _), Some((name, demand))) =
            (&self.auth, own.and_then(key_operations::demand))
        {
            let by = request.caller.principal.as_deref();
            return self
                .api
                .govern(&request, name, demand, key_operations::perform(ring, name, body, by))
                .await;
        }
        if let (Some(local), Some((name, demand))) = (&self.local, own.and_then(local_operations::demand)) {
            return self
                .api
                .govern(&request, name, demand, local_operations::perform(local, name, body))
                .await;
        }
        if request.caller.host().is_some() && target == Some(HOOK_STATUS) {
            // Refused, and recorded, as what an operator does.
            let name = passage.told.operation.unwrap_or_default();
            return self.api.govern(&request, name, Access::Operate, async { Ok(Value::Null) }).await;
        }
        if own == Some(enrol::CREATE_TOKEN) {
            return self.create_token(&request).await;
        }
        let Caller { scope, principal } = request.caller.clone();
        let answer = match &self.moto {
            Some(moto) => moto.handle(&self.api, request).await,
            None => self.api.handle(request).await,
        };
        if target == Some(DEREGISTER) && answer.status == 200 {
            self.hosts.cut_off(&self.auth, &scope, body, principal.as_deref()).await;
        }
        answer
    }
}

/// The operation's name, for log and counters; a caller's own words go into neither.
fn known_name(target: Option<&str>) -> Option<&'static str> {
    let own = target.and_then(|target| target.strip_prefix(OWN));
    let here = own.and_then(|name| key_operations::demand(name).or_else(|| local_operations::demand(name)));
    let here = here.map(|(name, _)| name).or_else(|| own.and_then(enrol::name));
    here.or_else(|| sqs::name(target)).or_else(|| api::name(target))
}

/// Forgets everything, for moto's tests. A page of the web is refused like everywhere: it names another host.
async fn reset(State(front): State<Arc<Front>>, headers: HeaderMap) -> Response<Body> {
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some(moto) = front.moto.as_ref().filter(|_| is_loopback(host)) else {
        let message = "Only this machine may reset.".to_owned();
        return written(refused(&ApiError { code: "AccessDeniedException", message, status: 403 }));
    };
    written(match moto.reset().await {
        Ok(()) => ApiResponse { status: 200, error_type: None, body: br#"{"status": "ok"}"#.to_vec() },
        Err(error) => refused(&ApiError::unavailable(format!("reset the store: {error}"))),
    })
}

fn refused(error: &ApiError) -> ApiResponse {
    let body = serde_json::json!({ "__type": error.code, "message": error.message }).to_string();
    ApiResponse { status: error.status, error_type: Some(error.code), body: body.into_bytes() }
}

fn written(answer: ApiResponse) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    if let Some(error) = answer.error_type {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error));
    }
    response
}
