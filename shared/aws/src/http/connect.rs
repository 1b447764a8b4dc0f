//! Connections: TCP, and TLS over it where the address says so.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

/// What the machine trusts: the certificates in `SSL_CERT_FILE`, or else the system's.
pub(crate) fn trusted() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(found.certs);
    if trusted == 0 {
        tracing::warn!(errors = ?found.errors, "no certificate is trusted, so that TLS will fail");
    }
    roots
}

/// TLS 1.2 and 1.3 with servers that these certificates vouch for.
pub(crate) fn tls(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has cipher suites for both versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[cfg(feature = "hosts")]
type Way = crate::proxy::Way;
#[cfg(not(feature = "hosts"))]
type Way = HttpConnector;

/// Makes connections, each within a time that holds for its TLS handshake as well.
#[derive(Clone)]
pub(crate) struct Connect {
    https: HttpsConnector<Way>,
    within: Option<Duration>,
}

impl Connect {
    pub(crate) fn new(tls: ClientConfig, within: Option<Duration>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // A request leaves in several small writes, which must not wait for one another.
        tcp.set_nodelay(true);
        #[cfg(feature = "hosts")]
        let tcp = Way::new(tcp.clone(), HttpsConnector::from((tcp, tls.clone())));
        Self { https: HttpsConnector::from((tcp, tls)), within }
    }
}

impl Service<Uri> for Connect {
    type Response = MaybeHttpsStream<<Way as Service<Uri>>::Response>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connected = within(self.within, "connection", self.https.call(to));
        Box::pin(async move { connected.await? })
    }
}

/// Waits for `what`, but not longer than `time` if there is one.
pub(crate) async fn within<T>(
    time: Option<Duration>,
    what: &str,
    wait: impl Future<Output = T>,
) -> io::Result<T> {
    let Some(time) = time else { return Ok(wait.await) };
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no {what} within {time:?}"));
    tokio::time::timeout(time, wait).await.map_err(late)
}
