//! Requests, a connection each: what is told is told seldom.

use std::time::Duration;

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::outgoing::{WITHIN_MS, WebPoster, WebRequest};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, LOCATION};
use hyper::http::response::Parts;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;

use crate::connection::Place;
use crate::place::Places;

/// Sends requests to where they may go.
#[derive(Debug, Clone, Copy)]
pub struct Poster {
    places: Places,
}

impl Poster {
    /// To these places.
    pub fn new(places: Places) -> Self {
        Self { places }
    }

    /// Asks with GET; the status of the answer, and where it leads if it does.
    ///
    /// # Errors
    /// When the address may not be asked, or does not answer.
    pub async fn look(
        &self,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<(u16, Option<String>), CallError> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (url, body) = (url.to_owned(), String::new());
        let head = self.head(&WebRequest { method: "GET", url, headers: headers.collect(), body }).await?;
        let location = head.headers.get(LOCATION).and_then(|place| place.to_str().ok());
        Ok((head.status.as_u16(), location.map(str::to_owned)))
    }

    async fn head(&self, request: &WebRequest) -> Result<Parts, CallError> {
        let late = || CallError::Transient { message: format!("no answer within {} s", WITHIN_MS / 1_000) };
        let within = Duration::from_millis(WITHIN_MS);
        tokio::time::timeout(within, self.exchange(request)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn exchange(&self, request: &WebRequest) -> Result<Parts, CallError> {
        let refused = |message: String| CallError::Refused { message };
        let uri: Uri = request.url.parse().map_err(|_| refused("the address is none".to_owned()))?;
        let place = Place::of(&uri).map_err(|words| refused(words.to_owned()))?;
        let made = made(request, &uri).map_err(|error| refused(error.to_string()))?;
        let stream = place.connect(self.places).await.map_err(lost)?;
        #[cfg(feature = "tls")]
        if place.tls {
            return head(crate::tls::over(stream, &place.host).await.map_err(lost)?, made).await;
        }
        head(stream, made).await
    }
}

#[async_trait]
impl WebPoster for Poster {
    fn check(&self, url: &str) -> Result<(), String> {
        check(url, self.places)
    }

    async fn send(&self, request: &WebRequest) -> Result<u16, CallError> {
        Ok(self.head(request).await?.status.as_u16())
    }
}

fn check(url: &str, places: Places) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|_| "the address is none".to_owned())?;
    let place = Place::of(&uri)?;
    match place.host.parse() {
        Ok(address) if !places.allow(address) => Err(format!("{address} is not to be reached from here")),
        _ => Ok(()),
    }
}

fn made(request: &WebRequest, uri: &Uri) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let mut builder = Request::builder().method(request.method).uri(path).header(HOST, authority);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(request.body.clone())))
}

/// The head of the answer; its body is not read.
async fn head<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Parts, CallError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    let running = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(lost);
    running.abort();
    Ok(answer?.into_parts().0)
}

/// The error with its causes; the outer one alone says little.
fn lost(error: impl std::error::Error) -> CallError {
    let causes = std::iter::successors(error.source(), |error| error.source());
    let innermost = causes.last().map(ToString::to_string);
    let message = match innermost {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    CallError::Transient { message }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// The status of a request to one who answers that, and what it received.
    async fn asked(answer: &'static str, places: Places) -> (Result<u16, CallError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook?a=b", listener.local_addr().expect("an address"));
        let served = tokio::spawn(async move {
            let Ok((mut stream, _)) = listener.accept().await else { return String::new() };
            let (mut heard, mut piece) = (Vec::new(), [0; 1024]);
            while !heard.ends_with(b"told") {
                let read = stream.read(&mut piece).await.expect("a request");
                heard.extend_from_slice(&piece[..read]);
            }
            stream.write_all(answer.as_bytes()).await.expect("an answer");
            String::from_utf8(heard).expect("text")
        });
        let headers = vec![("x-cutover-event".to_owned(), "DeploymentStart".to_owned())];
        let request = WebRequest { method: "POST", url, headers, body: "told".to_owned() };
        let status = Poster::new(places).send(&request).await;
        if status.is_err() {
            served.abort();
            return (status, String::new());
        }
        (status, served.await.expect("it was asked"))
    }

    #[tokio::test]
    async fn the_answer_is_told_and_a_redirect_is_one() {
        for (answer, status) in [
            ("HTTP/1.1 204 No Content\r\n\r\n", 204),
            ("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", 302),
            ("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", 500),
        ] {
            let (told, heard) = asked(answer, Places::All).await;
            assert_eq!(told, Ok(status));
            assert!(heard.starts_with("POST /hook?a=b HTTP/1.1\r\nhost: 127.0.0.1:"), "{heard}");
            assert!(heard.contains("\r\nx-cutover-event: DeploymentStart\r\n"), "{heard}");
        }
    }

    #[tokio::test]
    async fn a_name_is_refused_by_what_it_stands_for() {
        let (told, _) = asked("", Places::Internet).await;
        assert!(told.expect_err("a refusal").to_string().contains("127.0.0.1, which is not to be reached"));
    }

    #[test]
    fn addresses_are_checked_when_they_are_given() {
        for (url, places, part) in [
            ("http://hooks.example/x", Places::Internet, None),
            ("http://127.0.0.1:1/x", Places::All, None),
            ("http://127.0.0.1:1/x", Places::Internet, Some("not to be reached")),
            ("http://[::1]/x", Places::Internet, Some("not to be reached")),
            ("http://169.254.169.254/latest", Places::All, Some("not to be reached")),
            ("ftp://x/", Places::All, Some("begins with")),
            ("http://user:pass@x/", Places::All, Some("no user")),
            ("/x", Places::All, Some("begins with")),
        ] {
            let told = check(url, places).err();
            assert_eq!(told.is_some(), part.is_some(), "{url}: {told:?}");
            assert!(
                part.is_none_or(|part| told.as_ref().is_some_and(|told| told.contains(part))),
                "{told:?}"
            );
        }
    }
}
