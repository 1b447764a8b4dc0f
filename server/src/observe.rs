//! Around every request: its id, a line in the access log, and a count.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Response};
use tokio::sync::watch;

use crate::http::{self, Front};

/// The other end of a connection, as text: it is told of with every request.
#[derive(Debug)]
pub struct Peer {
    /// Address and port.
    pub address: String,
    /// The address alone.
    pub ip: String,
}

impl Peer {
    /// Of a connection from there.
    pub fn new(address: SocketAddr) -> Self {
        Self { address: address.to_string(), ip: address.ip().to_string() }
    }
}

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

/// Answers a request, and tells of it.
pub(crate) async fn answer(
    front: Arc<Front>,
    peer: Arc<Peer>,
    gone: CallerGone,
    request: Request,
) -> Response<Body> {
    let began = Instant::now();
    let id = front.ids.draw();
    // The log tells of every operation, and of what is none only if it is to tell much.
    let line = tracing::enabled!(target: "access", tracing::Level::DEBUG)
        .then(|| format!("{} {}", request.method(), request.uri().path()));
    let received = request.body().size_hint().exact();
    let (mut response, told) = http::answer(&front, &id, (&peer, gone), request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-amzn-requestid", value);
    }
    let took = began.elapsed();
    let status = response.status().as_u16();
    let peer = &peer.address;
    let Some(told) = told else {
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
