//! The HTTP front: one POST endpoint for every operation, and a health check.

use std::sync::Arc;

use api::{Api, ApiRequest, Caller, Permit};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::{get, post};
use cutover_core::ids::{Scope, uuid_from_bits};
use cutover_ports::clock::Entropy;
use cutover_ports::system::OsEntropy;
use cutover_wire::api::error::ApiError;
use cutover_wire::host::is_loopback;

use crate::local_operations;
use crate::moto::{Moto, RESET_PATH};
use crate::targets::Local;

/// Largest request, in bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The prefix of Cutover's own operations.
const OWN: &str = "Cutover_20261101.";

/// What the endpoint hands requests to.
pub struct Front {
    /// The CodeDeploy operations and Cutover's own.
    pub api: Api,
    /// Functions and alarms of this machine, where there are any.
    pub local: Option<Local>,
    /// Where every request belongs.
    pub scope: Scope,
    /// What moto's tests expect otherwise, if they are to be answered.
    pub moto: Option<Moto>,
}

/// The routes.
pub fn router(front: Arc<Front>) -> Router {
    let mut router = Router::new();
    if front.moto.is_some() {
        router = router.route(RESET_PATH, post(reset));
    }
    router
        .route("/health", get(async || "ok\n"))
        // An endpoint may be given with a path; only the target tells what is asked.
        .fallback(post(operation))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(front)
}

async fn operation(
    State(front): State<Arc<Front>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response<Body> {
    let request_id = uuid_from_bits(OsEntropy.bits());
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refused(&unreceived(&rejection), &request_id),
    };
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_loopback(host) {
        let message = format!("{host:?} does not name this machine; call 127.0.0.1 or localhost");
        return refused(&ApiError { code: "AccessDeniedException", message, status: 403 }, &request_id);
    }
    let target = headers.get("x-amz-target").and_then(|t| t.to_str().ok());
    if let (Some(local), Some(name)) = (&front.local, target.and_then(|t| t.strip_prefix(OWN)))
        && let Some(answer) = local_operations::perform(local, name, &body).await
    {
        return match answer {
            Ok(value) => answered(200, None, value.to_string().into_bytes(), &request_id),
            Err(error) => refused(&error, &request_id),
        };
    }
    let caller = Caller { scope: front.scope.clone(), principal: caller_name(&headers) };
    let permit = Permit::Everything;
    let request = ApiRequest { target, body: &body, request_id: &request_id, caller, permit, source: None };
    let answer = match &front.moto {
        Some(moto) => moto.handle(&front.api, request).await,
        None => front.api.handle(request).await,
    };
    answered(answer.status, answer.error_type, answer.body, &request_id)
}

/// Forgets everything, for moto's tests. A page of the web is refused like everywhere: it names another host.
async fn reset(State(front): State<Arc<Front>>, headers: HeaderMap) -> Response<Body> {
    let request_id = uuid_from_bits(OsEntropy.bits());
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some(moto) = front.moto.as_ref().filter(|_| is_loopback(host)) else {
        let message = "Only this machine may reset.".to_owned();
        return refused(&ApiError { code: "AccessDeniedException", message, status: 403 }, &request_id);
    };
    match moto.reset().await {
        Ok(()) => answered(200, None, br#"{"status": "ok"}"#.to_vec(), &request_id),
        Err(error) => refused(&ApiError::unavailable(format!("reset the store: {error}")), &request_id),
    }
}

/// Who calls, as far as a request that nobody checks tells: the key that it claims to be signed with, or what
/// our own command says.
fn caller_name(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let key = text("authorization")
        .and_then(|a| a.split_once("Credential="))
        .and_then(|(_, c)| c.split('/').next());
    let name = text("x-cutover-user").or(key)?;
    Some(format!("{} (not verified)", name.chars().take(128).collect::<String>()))
}

/// A body that did not arrive: too long, or broken off.
fn unreceived(rejection: &BytesRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError {
            code: "RequestEntityTooLargeException",
            message: format!("The request is longer than {MOST_BYTES} bytes."),
            status: 413,
        },
        _ => ApiError::unreadable(rejection.body_text()),
    }
}

fn refused(error: &ApiError, request_id: &str) -> Response<Body> {
    let body = serde_json::json!({ "__type": error.code, "message": error.message }).to_string();
    answered(error.status, Some(error.code), body.into_bytes(), request_id)
}

fn answered(
    status: u16,
    error_type: Option<&'static str>,
    body: Vec<u8>,
    request_id: &str,
) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    if let Some(error) = error_type {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error));
    }
    response
}
