//! Requests that no SDK client makes, over the same connections: HTTP/1.1, with TLS where the address says so.
//! No redirects, no retries: those are their callers' business.

use std::io;
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::http::connect::{self, Connect};
use crate::sdk::CONNECT;

/// The largest answer that is read as a whole (1 MiB), unless somebody says otherwise.
const MOST_BYTES: usize = 1 << 20;

/// Makes requests. Cheap to clone; connections are kept between requests.
#[derive(Clone, Debug)]
pub struct Web {
    client: legacy::Client<Connect, SdkBody>,
    most_bytes: usize,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// HTTP's.
    pub status: u16,
    /// Of the answer.
    pub headers: HeaderMap,
    /// At most 1 MiB, or what [`Web::up_to`] says.
    pub body: Vec<u8>,
}

/// An answer that is read piece by piece.
#[derive(Debug)]
pub struct Stream {
    /// HTTP's.
    pub status: u16,
    /// Of the answer.
    pub headers: HeaderMap,
    body: Incoming,
}

impl Default for Web {
    fn default() -> Self {
        Self::new()
    }
}

impl Web {
    /// A client that trusts what the machine trusts; the certificates are read here.
    pub fn new() -> Self {
        let connect = Connect::new(connect::tls(connect::trusted()), Some(CONNECT));
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        Self { client: builder.pool_timer(TokioTimer::new()).build(connect), most_bytes: MOST_BYTES }
    }

    /// The same for answers of up to so many bytes.
    pub fn up_to(self, most_bytes: usize) -> Self {
        Self { most_bytes, ..self }
    }

    /// Sends a request and reads the whole answer, within that time.
    ///
    /// # Errors
    /// When the address is none, or there is no whole answer in time.
    pub async fn call(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
        within: Duration,
    ) -> io::Result<Answer> {
        let request = request(method, url, headers, body)?;
        let call = async {
            let (parts, body) = self.client.request(request).await.map_err(told)?.into_parts();
            let body = Limited::new(body, self.most_bytes).collect().await.map_err(io::Error::other)?;
            let body = body.to_bytes().to_vec();
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
        };
        connect::within(Some(within), "answer", call).await?
    }

    /// Asks for something long; the head must come within that time.
    ///
    /// # Errors
    /// When the address is none, or there is no answer in time.
    pub async fn get(&self, url: &str, headers: &[(&str, &str)], within: Duration) -> io::Result<Stream> {
        let request = request("GET", url, headers, Vec::new())?;
        let answer = connect::within(Some(within), "answer", self.client.request(request)).await?;
        let (parts, body) = Response::into_parts(answer.map_err(told)?);
        Ok(Stream { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

impl Stream {
    /// The next piece, which must come within that time; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks or nothing comes in time.
    pub async fn next(&mut self, within: Duration) -> io::Result<Option<Vec<u8>>> {
        loop {
            let frame = connect::within(Some(within), "data", self.body.frame()).await?;
            let Some(frame) = frame else { return Ok(None) };
            if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
                return Ok(Some(data.to_vec()));
            }
        }
    }

    /// The rest of it, each piece of which must come within that time; `None` when there are more bytes than that.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn whole(&mut self, most_bytes: usize, within: Duration) -> io::Result<Option<Vec<u8>>> {
        let length = self.headers.get("content-length").and_then(|told| told.to_str().ok());
        let length: usize = length.and_then(|told| told.parse().ok()).unwrap_or_default();
        if length > most_bytes {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(length);
        while let Some(piece) = self.next(within).await? {
            if bytes.len() + piece.len() > most_bytes {
                return Ok(None);
            }
            bytes.extend(piece);
        }
        Ok(Some(bytes))
    }
}

fn request(method: &str, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> io::Result<Request<SdkBody>> {
    let mut builder = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(SdkBody::from(body)).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// The error with its causes; the outer one alone says "client error (Connect)".
fn told(error: legacy::Error) -> io::Error {
    let causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
    io::Error::other(causes.last().map_or_else(|| error.to_string(), ToString::to_string))
}
