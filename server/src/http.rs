//! The HTTP front: one POST endpoint for every operation, and what those ask who look after the service.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use api::{Api, ApiRequest, ApiResponse, Asked, CODEDEPLOY, Caller, Head, OWN};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use cutover_access::pace::Paces;
use cutover_core::access::Access;
use cutover_core::ids::Scope;
use cutover_local::sqlite::table::SqliteTable;
use cutover_ports::clock::Clock;
use cutover_ports::system::SystemClock;
use cutover_wire::api::error::ApiError;
use cutover_wire::host::is_loopback;
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited};
use push_trigger::PushTrigger;
use serde_json::{Value, json};

use crate::auth::{Auth, Known};
use crate::host_desk::HostDesk;
use crate::metrics::Metrics;
use crate::moto::{Moto, RESET_PATH};
use crate::observe::{CallerGone, Peer, Told};
use crate::request_id::RequestIds;
use crate::targets::Local;
use crate::{enrol, key_operations, local_operations, order_keys, rotate, sqs, status};

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// What the role of hosts reaches and hosts do not: they report for themselves, not for hooks.
const HOOK_STATUS: &str = "PutLifecycleEventHookExecutionStatus";

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
    /// What takes pushes in.
    pub pushes: PushTrigger,
    /// The store.
    pub table: Arc<SqliteTable>,
    /// What is counted.
    pub metrics: Metrics,
    /// What requests are called.
    pub ids: RequestIds,
}

/// Answers a request. With it comes what the log tells of an operation.
pub(crate) async fn answer(
    front: &Front,
    id: &str,
    caller: (&Peer, CallerGone),
    request: Request,
) -> (Response<Body>, Option<Told>) {
    let (method, path) = (request.method(), request.uri().path());
    let (reads, posts) = (matches!(*method, Method::GET | Method::HEAD), method == Method::POST);
    let response = match path {
        "/health" if reads => status::health(front).into_response(),
        "/ready" if reads => status::ready(front).await.into_response(),
        "/metrics" if reads => status::counted(front).await.into_response(),
        "/health" | "/ready" | "/metrics" => not_allowed("GET,HEAD"),
        RESET_PATH if posts && front.moto.is_some() => written(reset(front, request.headers()).await),
        path if posts && path.starts_with(push_trigger::PATH) => front.webhook(request).await,
        // An endpoint may be given with a path; only the target tells what is asked.
        _ if posts => {
            let (response, told) = operation(front, id, caller, request).await;
            return (response, Some(told));
        }
        _ => not_allowed("POST"),
    };
    (response, None)
}

fn not_allowed(allowed: &'static str) -> Response<Body> {
    (StatusCode::METHOD_NOT_ALLOWED, [("allow", allowed)]).into_response()
}

/// A request on its way through.
pub(crate) struct Passage<'a> {
    pub(crate) id: &'a str,
    pub(crate) source: &'a str,
    pub(crate) target: Option<&'a str>,
    pub(crate) asked: Asked<'a>,
    pub(crate) told: Told,
    gone: CallerGone,
}

async fn operation(
    front: &Front,
    id: &str,
    (peer, gone): (&Peer, CallerGone),
    request: Request,
) -> (Response<Body>, Told) {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let (asked, target) =
        (Asked::of(Head { path: head.uri.path(), header: &header }), header("x-amz-target"));
    let mut passage = Passage { id, source: &peer.ip, target, asked, told: Told::default(), gone };
    passage.told.operation = known_name(&asked, target);
    let answer = match front.answer(&mut passage, &head, body).await {
        Ok(answer) => answer,
        Err(error) if sqs::is_meant(target) => sqs::refused(&error),
        Err(error) => asked.refused(&error),
    };
    let code = answer.error_type;
    passage.told.code = code;
    let mut response = written(answer);
    if sqs::is_meant(target) {
        response = sqs::dressed(response, code);
    }
    (response, passage.told)
}

impl Front {
    async fn answer(
        &self,
        passage: &mut Passage<'_>,
        head: &Parts,
        body: Body,
    ) -> Result<ApiResponse, ApiError> {
        if let Some(operation) = passage.told.operation.and_then(enrol::name) {
            return self.enroll(operation, passage, &head.headers, body).await;
        }
        let claimant = self.auth.claimant(&head.headers, SystemClock.now())?;
        let body = self.body(body).await?;
        let now = SystemClock.now();
        let uri = head.uri.path_and_query().map_or("/", |uri| uri.as_str());
        let whole = (head.method.as_str(), uri, &head.headers, &body[..]);
        let known = self.auth.known(claimant, whole, &self.scope, now)?;
        passage.told.principal.clone_from(&known.caller.principal);
        if self.paces.as_ref().is_some_and(|paces| !paces.take(&known.counted, now)) {
            return Err(ApiError::refused("ThrottlingException", "Rate exceeded"));
        }
        self.hosts.check(&known).await?;
        if sqs::is_meant(passage.target) {
            let (target, gone) = (passage.target, passage.gone.clone());
            let (answer, rested) = self.queues((target, &head.headers), &known, &body, gone).await;
            passage.told.rested = rested;
            return Ok(answer);
        }
        Ok(self.perform(passage, known, &body).await)
    }

    pub(crate) async fn body(&self, body: Body) -> Result<Bytes, ApiError> {
        let arriving = Limited::new(body, self.most_bytes).collect();
        let late = || ApiError {
            code: "RequestTimeoutException",
            message: format!("The request did not arrive within {} s.", ARRIVAL.as_secs()),
            status: 408,
        };
        let arrived = tokio::time::timeout(ARRIVAL, arriving).await.map_err(|_| late())?;
        arrived.map(Collected::to_bytes).map_err(|error| self.unreceived(&*error))
    }

    /// A body that did not arrive: too long, or broken off.
    fn unreceived(&self, error: &(dyn Error + 'static)) -> ApiError {
        if error.is::<LengthLimitError>() {
            return ApiError {
                code: "RequestEntityTooLargeException",
                message: format!("The request is longer than {} bytes.", self.most_bytes),
                status: 413,
            };
        }
        ApiError::unreadable(format!("The request did not arrive whole: {error}"))
    }

    async fn perform(&self, passage: &Passage<'_>, known: Known, body: &[u8]) -> ApiResponse {
        let Known { caller, permit, .. } = known;
        let (asked, source) = (passage.asked, Some(passage.source));
        let request = ApiRequest { asked, body, request_id: passage.id, caller, permit, source };
        let own = asked.named_in(OWN);
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
        if own == Some(rotate::ROTATE) {
            return self.rotate_host_key(&request).await;
        }
        if let Some((name, demand)) = own.and_then(order_keys::demand) {
            return self.api.govern(&request, name, demand, self.hosts.order_keys.perform(name)).await;
        }
        if request.caller.host().is_some() && asked.named_in(CODEDEPLOY) == Some(HOOK_STATUS) {
            // Refused, and recorded, as what an operator does.
            let name = passage.told.operation.unwrap_or_default();
            return self.api.govern(&request, name, Access::Operate, async { Ok(Value::Null) }).await;
        }
        let leaver = api::leaver(&asked, body).map(|host| (host, request.caller.clone()));
        let answer = match &self.moto {
            Some(moto) => moto.handle(&self.api, request).await,
            None => self.api.handle(request).await,
        };
        if let Some((host, Caller { scope, principal })) = leaver.filter(|_| answer.status == 200) {
            self.hosts.cut_off(&self.auth, &scope, &host, principal.as_deref()).await;
        }
        answer
    }
}

/// The operation's name, for log and counters; a caller's own words go into neither.
fn known_name(asked: &Asked<'_>, target: Option<&str>) -> Option<&'static str> {
    let here = |name| {
        let found = key_operations::demand(name)
            .or_else(|| local_operations::demand(name))
            .or_else(|| order_keys::demand(name))
            .or_else(|| (name == rotate::ROTATE).then_some((rotate::ROTATE, Access::Report)));
        found.map(|(name, _)| name).or_else(|| enrol::name(name))
    };
    asked.name().or_else(|| asked.named_in(OWN).and_then(here)).or_else(|| sqs::name(target))
}

/// Forgets everything, for moto's tests. A page of the web is refused like everywhere: it names another host.
async fn reset(front: &Front, headers: &HeaderMap) -> ApiResponse {
    let asked = Asked::json(None);
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some(moto) = front.moto.as_ref().filter(|_| is_loopback(host)) else {
        let message = "Only this machine may reset.".to_owned();
        return asked.refused(&ApiError { code: "AccessDeniedException", message, status: 403 });
    };
    let done = moto.reset().await;
    let done = done.map_err(|error| ApiError::unavailable(format!("reset the store: {error}")));
    done.and_then(|()| asked.answered(&json!({ "status": "ok" })))
        .unwrap_or_else(|error| asked.refused(&error))
}

fn written(answer: ApiResponse) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(error) = answer.error_type {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error));
    }
    response
}
