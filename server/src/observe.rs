//! Around every request: its id, a line in the access log, and a count.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::body::HttpBody;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use cutover_core::ids::uuid_from_bits;
use cutover_ports::clock::Entropy;
use cutover_ports::system::OsEntropy;
use tokio::sync::watch;

use crate::http::Front;

/// The id of a request, which its answer and its records carry.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// What the answer of an operation tells the log.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The operation.
    pub operation: Option<&'static str>,
    /// The code of the error.
    pub code: Option<&'static str>,
    /// Who called, once that is known.
    pub principal: Option<String>,
    /// How long the answer was held back on purpose, as in a poll that found nothing: no work, so not counted.
    pub rested: Duration,
}

/// Tells whoever answers a request that its caller does not wait any more. What is begun is finished all the same;
/// but nobody need wait for something to begin.
#[derive(Debug, Clone)]
pub struct CallerGone(watch::Receiver<()>);

impl CallerGone {
    /// Of a caller who is there until the first of these is dropped.
    pub(crate) fn watch() -> (watch::Sender<()>, Self) {
        let (here, gone) = watch::channel(());
        (here, Self(gone))
    }

    /// Returns once the caller is gone.
    pub async fn wait(&mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

/// Answers the request to its end, whether the caller waits for that or not: what is begun is finished, and told.
pub async fn observe(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    // Dropped with this future when the connection ends.
    let (_here, gone) = CallerGone::watch();
    request.extensions_mut().insert(gone);
    let answer = tokio::spawn(observed(front, peer, request, next));
    answer.await.unwrap_or_else(|_| {
        // A panic, which the log has. Its request has no id any more.
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

async fn observed(front: Arc<Front>, peer: SocketAddr, mut request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let id = uuid_from_bits(OsEntropy.bits());
    let line = format!("{} {}", request.method(), request.uri().path());
    let received = request.body().size_hint().exact();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-amzn-requestid", value);
    }
    let took = began.elapsed();
    let status = response.status().as_u16();
    let Some(told) = response.extensions_mut().remove::<Told>() else {
        tracing::debug!(target: "access", request = id, %peer, line, status, "access");
        return response;
    };
    let took = took.saturating_sub(told.rested);
    let code = told.code.unwrap_or(if status == 200 { "OK" } else { "Error" });
    front.metrics.answered(told.operation.unwrap_or("unknown"), code, took);
    tracing::info!(
        target: "access",
        request = id,
        %peer,
        principal = told.principal.as_deref().unwrap_or("-"),
        operation = told.operation.unwrap_or("-"),
        status,
        code,
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        received,
        sent = response.body().size_hint().exact(),
        "access"
    );
    response
}
