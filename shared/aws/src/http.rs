//! The HTTP client under every service's client: HTTP/1.1, over TLS or, for endpoints that say `http`, plain.
//!
//! The SDK's own client carries HTTP/2 as well. Nothing here speaks it, and with it and proxies every function's package was
//! a tenth larger; only hosts speak through proxies.

pub(crate) mod connect;

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper::http::Extensions;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{CaptureConnection, HttpInfo, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

use connect::Connect;

/// A client for every service. The trusted certificates are read at its first request.
pub(crate) fn client() -> SharedHttpClient {
    SharedHttpClient::new(Http::default())
}

/// How long to wait for a connection, and how long for the head of an answer.
type Timeouts = (Option<Duration>, Option<Duration>);

/// One pool of connections for everybody with the same timeouts.
#[derive(Default)]
struct Http {
    tls: OnceLock<ClientConfig>,
    pools: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

impl HttpClient for Http {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let tls = || self.tls.get_or_init(|| connect::tls(connect::trusted())).clone();
        let pool = || SharedHttpConnector::new(Pool::new(timeouts, tls()));
        pools.entry(timeouts).or_insert_with(pool).clone()
    }
}

struct Pool {
    client: legacy::Client<Connect, SdkBody>,
    answer_within: Option<Duration>,
}

impl Pool {
    fn new((connect_within, answer_within): Timeouts, tls: ClientConfig) -> Self {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        // With a timer, idle connections are closed in time.
        let client = builder.pool_timer(TokioTimer::new()).build(Connect::new(tls, connect_within));
        Self { client, answer_within }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl HttpConnector for Pool {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let used = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&used));
        }
        let answer = connect::within(self.answer_within, "answer", self.client.request(request));
        HttpConnectorFuture::new(async move {
            let late = |late: io::Error| ConnectorError::timeout(late.into());
            let answer = answer.await.map_err(late)?.map_err(sorted)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Lets the SDK give up the connection of a request that failed, so that its second attempt takes another.
fn metadata(used: &CaptureConnection) -> Option<ConnectionMetadata> {
    let used = used.clone();
    let mut extras = Extensions::new();
    used.connection_metadata().as_ref()?.get_extras(&mut extras);
    let info = extras.get::<HttpInfo>();
    let (local, remote) = (info.map(HttpInfo::local_addr), info.map(HttpInfo::remote_addr));
    let mut builder = ConnectionMetadata::builder().proxied(false).poison_fn(move || {
        if let Some(connected) = used.connection_metadata().as_ref() {
            connected.poison();
        }
    });
    builder.set_local_addr(local).set_remote_addr(remote);
    Some(builder.build())
}

/// Says of a failed request whether the SDK may send it a second time.
fn sorted(error: legacy::Error) -> ConnectorError {
    let io = source::<io::Error>(&error);
    if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
        return ConnectorError::timeout(error.into());
    }
    if io.is_some() || error.is_connect() {
        return ConnectorError::io(error.into());
    }
    match source::<hyper::Error>(&error) {
        Some(hyper) if hyper.is_user() => ConnectorError::user(error.into()),
        Some(hyper) if hyper.is_closed() || hyper.is_canceled() => ConnectorError::io(error.into()),
        Some(hyper) if hyper.is_incomplete_message() => {
            ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
        }
        _ => ConnectorError::other(error.into(), None),
    }
}

fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
