//! Proxies: which addresses are asked through one, and the connections through it (HTTP CONNECT, whatever is asked).
//!
//! A process speaks through proxies only if it says so when it starts: functions and services never do.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use aws_smithy_runtime_api::box_error::BoxError;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

static PROXIES: OnceLock<Proxies> = OnceLock::new();

/// The proxies of a process.
#[derive(Debug)]
pub struct Proxies(Matcher);

/// An address that is no proxy's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no proxy's address. Write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT.")]
pub struct NoProxy;

impl Proxies {
    /// This one for all addresses but those in the environment's `NO_PROXY`.
    ///
    /// # Errors
    /// When it is no address.
    pub fn one(uri: &str) -> Result<Self, NoProxy> {
        let none = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| std::env::var(name).ok());
        let proxies = Self(Matcher::builder().all(uri.to_owned()).no(none.unwrap_or_default()).build());
        let plain = uri.starts_with("http://") || uri.starts_with("https://");
        let far = Uri::from_static("https://example.com");
        if plain && proxies.of(&far).is_some_and(|found| found.uri().host().is_some()) {
            return Ok(proxies);
        }
        Err(NoProxy)
    }

    /// Those of the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capital or small letters.
    pub fn of_environment() -> Self {
        Self(Matcher::from_env())
    }

    /// From here on all connections of this process that are made anew go through them. Only the first call counts.
    pub fn hold(self) {
        let _ = PROXIES.set(self);
    }

    fn of(&self, to: &Uri) -> Option<Intercept> {
        if is_near(to.host()?) { None } else { self.0.intercept(to) }
    }
}

/// The proxy that such an address is asked through, without its password.
pub fn shown(address: &str) -> Option<String> {
    let found = PROXIES.get()?.of(&address.parse().ok()?)?;
    let uri = found.uri();
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?.as_str().rsplit('@').next()?))
}

/// This machine, and what a machine is told by its own host: the metadata of EC2 and the credentials of ECS.
fn is_near(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// A connection to an address or, through a proxy, to be spoken over as if it were one.
#[derive(Clone)]
pub(crate) struct Way {
    tcp: HttpConnector,
    /// To the proxy.
    https: HttpsConnector<HttpConnector>,
}

impl Way {
    pub(crate) fn new(tcp: HttpConnector, https: HttpsConnector<HttpConnector>) -> Self {
        Self { tcp, https }
    }
}

impl Service<Uri> for Way {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some(proxy) = PROXIES.get().and_then(|proxies| proxies.of(&to)) else {
            let connected = self.tcp.call(to);
            return Box::pin(async move { Ok(MaybeHttpsStream::Http(connected.await?)) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.https.clone());
        if let Some(who) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(who.clone());
        }
        let connected = tunnel.call(with_port(to));
        Box::pin(async move {
            connected
                .await
                .map_err(|error| format!("the proxy {} is of no help: {error}", bare(proxy.uri())).into())
        })
    }
}

/// A tunnel takes a missing port for that of https.
fn with_port(to: Uri) -> Uri {
    let missing = to.port().is_none() && to.scheme_str() == Some("http");
    let authority = to.host().filter(|_| missing).and_then(|host| format!("{host}:80").parse().ok());
    let Some(authority) = authority else { return to };
    let mut parts = to.clone().into_parts();
    parts.authority = Some(authority);
    Uri::from_parts(parts).unwrap_or(to)
}

fn bare(uri: &Uri) -> String {
    format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(80))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_addresses_are_asked_directly() {
        let proxies = Proxies::one("http://me:se%20cret@proxy.test:3128").unwrap();
        for near in [
            "http://127.0.0.1:8080/a",
            "http://localhost/a",
            "http://[::1]:1/",
            "http://169.254.169.254/latest/meta-data",
            "http://169.254.170.2/credentials",
            "http://[fd00:ec2::254]/latest",
        ] {
            assert!(proxies.of(&near.parse().unwrap()).is_none(), "{near}");
        }
        for far in ["https://sqs.eu-west-1.amazonaws.com/1/q", "http://10.0.0.1/", "http://cutover.test:8080"]
        {
            let found = proxies.of(&far.parse().unwrap()).unwrap();
            assert_eq!(found.uri().host(), Some("proxy.test"), "{far}");
            assert_eq!(found.basic_auth().unwrap(), "Basic bWU6c2UgY3JldA==");
        }
        for wrong in ["", "proxy.test", "socks5://proxy.test", "http://", "http://a b"] {
            assert_eq!(Proxies::one(wrong).err(), Some(NoProxy), "{wrong:?}");
        }
    }

    #[test]
    fn tunnels_lead_to_the_right_port() {
        for (to, expected) in [
            ("http://cutover.test/a?b", "http://cutover.test:80/a?b"),
            ("http://cutover.test:8080/", "http://cutover.test:8080/"),
            ("https://cutover.test/", "https://cutover.test/"),
        ] {
            assert_eq!(with_port(to.parse().unwrap()).to_string(), expected);
        }
    }
}
