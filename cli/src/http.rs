//! One HTTP request: small, over plain TCP, a connection each.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use cutover_access::sign::{Post, signed};

use crate::caller;
use crate::credentials::Signer;
use crate::failure::Failure;
use crate::view::clock;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// The longest answer that is read.
const MAX_ANSWER: usize = 64 << 20;

/// Where the service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    host: String,
    port: u16,
    path: String,
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = full.parse().map_err(|e| format!("it is no URL: {e}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err("https is not spoken here; put a proxy that ends TLS in front, or use `cutover \
                            proxy` for a deployed service"
                    .to_owned());
            }
            _ => return Err("it must start with http://".to_owned()),
        }
        let host = uri.host().filter(|h| !h.is_empty()).ok_or("it names no host")?.to_owned();
        let path = uri.path().to_owned();
        Ok(Self { host, port: uri.port_u16().unwrap_or(80), path })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}{}", self.host, self.port, self.path.trim_end_matches('/'))
    }
}

/// A status and a body.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Bytes,
}

/// Posts a JSON body for an operation, signed if there is something to sign with, and waits for the answer.
pub(crate) async fn post(
    endpoint: &Endpoint,
    signer: Option<&Signer>,
    operation: &str,
    body: Vec<u8>,
    patience: Duration,
) -> Result<Answer, Failure> {
    let stream = connect(endpoint).await?;
    let request = request(endpoint, signer, operation, body)?;
    let answer = tokio::time::timeout(patience, exchange(endpoint, stream, request));
    answer
        .await
        .unwrap_or_else(|_| Err(Failure::TimedOut { endpoint: endpoint.to_string(), after: patience }))
}

async fn connect(endpoint: &Endpoint) -> Result<TcpStream, Failure> {
    let unreachable = |why: String| Failure::Unreachable { endpoint: endpoint.to_string(), why };
    let host = endpoint.host.trim_start_matches('[').trim_end_matches(']');
    let stream = tokio::time::timeout(CONNECT, TcpStream::connect((host, endpoint.port))).await;
    let stream = stream.map_err(|_| unreachable(format!("no connection within {} s", CONNECT.as_secs())))?;
    let stream = stream.map_err(|error| unreachable(reason(&error)))?;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// The system's words without its numbers.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

fn request(
    endpoint: &Endpoint,
    signer: Option<&Signer>,
    operation: &str,
    body: Vec<u8>,
) -> Result<Request<Full<Bytes>>, Failure> {
    let host = format!("{}:{}", endpoint.host, endpoint.port);
    let mut builder = Request::post(&endpoint.path)
        .header("host", &host)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", operation)
        .header(caller::HEADER, caller::caller())
        .header("user-agent", concat!("cutover/", env!("CARGO_PKG_VERSION")));
    if let Some(Signer { credentials, region }) = signer {
        let post = Post { host: &host, path: &endpoint.path, target: operation, region };
        for (name, value) in signed(post, &body, credentials, clock::now()).into_iter().flatten() {
            builder = builder.header(name, value);
        }
    }
    let made = builder.body(Full::new(Bytes::from(body)));
    made.map_err(|error| Failure::told(format!("no request can be made: {error}")))
}

async fn exchange(
    endpoint: &Endpoint,
    stream: TcpStream,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Failure> {
    // The service may be killed at any moment: what breaks off in the middle counts as not there.
    let broken =
        |error: hyper::Error| Failure::Unreachable { endpoint: endpoint.to_string(), why: error.to_string() };
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(broken)?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
    let body =
        body.map_err(|error| Failure::Unreachable { endpoint: endpoint.to_string(), why: error.to_string() });
    connection.abort();
    Ok(Answer { status, body: body?.to_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read() {
        for (text, read) in [
            ("http://127.0.0.1:7171", Ok("http://127.0.0.1:7171")),
            ("127.0.0.1:7171", Ok("http://127.0.0.1:7171")),
            ("http://localhost", Ok("http://localhost:80")),
            ("http://[::1]:7171/", Ok("http://[::1]:7171")),
            ("http://host:1/behind/a/proxy", Ok("http://host:1/behind/a/proxy")),
            ("https://host", Err("https is not spoken")),
            ("ftp://host", Err("http://")),
            ("", Err("no URL")),
        ] {
            let endpoint: Result<Endpoint, String> = text.parse();
            match (read, endpoint) {
                (Ok(read), Ok(endpoint)) => assert_eq!(endpoint.to_string(), read),
                (Err(part), Err(said)) => assert!(said.contains(part), "{text}: {said}"),
                (read, endpoint) => panic!("{text}: {endpoint:?}, not {read:?}"),
            }
        }
    }

    #[tokio::test]
    async fn nobody_there_is_told() {
        let free =
            std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let endpoint: Endpoint = format!("http://{free}").parse().expect("an endpoint");
        let failure = post(&endpoint, None, "X.Y", Vec::new(), CONNECT).await.expect_err("nobody");
        assert_eq!(failure.to_string(), format!("nothing answers at http://{free}: connection refused"));
    }
}
