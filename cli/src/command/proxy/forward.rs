//! One request of a client as a Function URL event, and the answer back.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use hyper::header::{HOST, HeaderMap};
use hyper::{Method, Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use cutover_aws::invoke::FunctionInvoker;
use cutover_core::ids::uuid_from_bits;
use cutover_ports::call::CallError;
use cutover_ports::clock::Entropy;
use cutover_ports::system::OsEntropy;
use cutover_wire::host::is_loopback;

use crate::caller;
use crate::view::clock;

/// The largest request; Lambda itself takes 6 MB.
const MOST_BYTES: usize = 4 << 20;
/// Headers that say nothing to the function: the connection's, and the signature for another service.
const DROPPED: [&str; 5] =
    ["authorization", "connection", "content-length", "transfer-encoding", "x-amz-security-token"];

/// Hands requests to a function.
pub(super) struct Forward {
    invoker: FunctionInvoker,
    function: String,
}

/// What a function answers to a Function URL event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// A request that is not passed on, or an answer that did not come: code, message, HTTP status.
type Refusal = (&'static str, String, u16);

impl Forward {
    pub(super) fn new(invoker: FunctionInvoker, function: String) -> Self {
        Self { invoker, function }
    }

    /// Answers a request: as the function does, or with the reason why it could not.
    pub(super) async fn request<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let id = uuid_from_bits(OsEntropy.bits());
        self.forwarded(request, &id).await.unwrap_or_else(|(code, message, status)| {
            let body = json!({ "__type": code, "message": message }).to_string();
            let headers = [
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amzn-errortype", code),
                ("x-amzn-requestid", &id),
            ];
            response(status, headers, body.into_bytes())
        })
    }

    async fn forwarded<B>(&self, request: Request<B>, id: &str) -> Result<Response<Full<Bytes>>, Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        acceptable(&head.method, &head.headers)?;
        let body = Limited::new(body, MOST_BYTES).collect().await;
        let body = body
            .map_err(|e| refused("SerializationException", format!("the body cannot be read: {e}"), 413))?;
        let event = event(&head.headers, head.uri.path(), &body.to_bytes(), id);
        let payload = event.to_string().into_bytes();
        let answer =
            self.invoker.invoke(&self.function, payload).await.map_err(|error| self.failure(&error))?;
        read(&answer)
    }

    fn failure(&self, error: &CallError) -> Refusal {
        let message = format!("cutover proxy could not invoke {}: {error}", self.function);
        match error {
            CallError::Transient { .. } | CallError::Conflict => refused("ServiceUnavailable", message, 503),
            CallError::Denied { .. } | CallError::Refused { .. } | CallError::Gone { .. } => {
                refused("AccessDeniedException", message, 400)
            }
        }
    }
}

fn refused(code: &'static str, message: String, status: u16) -> Refusal {
    (code, message, status)
}

/// Operations come as POST with a target, which a web page cannot send to another origin; and the host must
/// be a loopback one, so that no page can make itself one of ours by changing what its name resolves to.
fn acceptable(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST.as_str()).unwrap_or_default();
    if !is_loopback(host) {
        return Err(refused("AccessDeniedException", format!("{host:?} is not this proxy's host"), 403));
    }
    if method != Method::POST || text("x-amz-target").is_none() {
        let message = "an operation is a POST with the header X-Amz-Target".to_owned();
        return Err(refused("UnknownOperationException", message, 400));
    }
    Ok(())
}

/// The request as a Function URL event, payload format 2.0. Lambda tells a function nothing of who invokes it,
/// so it says who runs this, unless our own command has said who it is.
fn event(headers: &HeaderMap, path: &str, body: &Bytes, id: &str) -> Value {
    let mut kept: BTreeMap<&str, &str> = headers
        .iter()
        .filter(|(name, _)| !DROPPED.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    kept.entry(caller::HEADER).or_insert(caller::caller());
    let (body, encoded) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    };
    let now = clock::now();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "cutover-proxy",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": kept.get("user-agent").copied().unwrap_or_default(),
            },
            "requestId": id,
            "routeKey": "$default",
            "stage": "$default",
            "time": clock::instant(now),
            "timeEpoch": now.as_millis(),
        },
        "headers": kept,
        "body": body,
        "isBase64Encoded": encoded,
    })
}

fn read(answer: &[u8]) -> Result<Response<Full<Bytes>>, Refusal> {
    let odd =
        |why: String| refused("InternalFailure", format!("the function's answer cannot be read: {why}"), 502);
    let answer: Answer = serde_json::from_slice(answer).map_err(|e| odd(e.to_string()))?;
    let body = match answer.is_base64_encoded {
        true => STANDARD.decode(&answer.body).map_err(|e| odd(e.to_string()))?,
        false => answer.body.into_bytes(),
    };
    let headers = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let ours = headers.filter(|(name, _)| !DROPPED.contains(&name.to_ascii_lowercase().as_str()));
    Ok(response(answer.status_code, ours, body))
}

fn response<'a>(
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: Vec<u8>,
) -> Response<Full<Bytes>> {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(body))).unwrap_or_else(|_| {
        let mut plain = Response::new(Full::new(Bytes::new()));
        *plain.status_mut() = hyper::StatusCode::BAD_GATEWAY;
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().expect("a name"), v.parse().expect("a value"))).collect()
    }

    #[test]
    fn only_operations_from_this_machine_are_passed_on() {
        for (method, host, target, fits) in [
            (Method::POST, "127.0.0.1:7272", true, true),
            (Method::POST, "localhost:7272", true, true),
            (Method::POST, "[::1]:7272", true, true),
            (Method::POST, "[::1]", true, true),
            (Method::POST, "localhost", true, true),
            (Method::POST, "evil.example:7272", true, false),
            (Method::POST, "localhost.evil.example", true, false),
            (Method::POST, "127.0.0.1:7272", false, false),
            (Method::GET, "127.0.0.1:7272", true, false),
        ] {
            let mut headers = headers(&[("host", host)]);
            if target {
                headers
                    .insert("x-amz-target", "CodeDeploy_20141006.ListApplications".parse().expect("a value"));
            }
            assert_eq!(acceptable(&method, &headers).is_ok(), fits, "{method} {host} {target}");
        }
    }

    #[test]
    fn a_request_becomes_a_function_url_event() {
        let headers = headers(&[("x-amz-target", "T.O"), ("authorization", "AWS4…".trim_end_matches('…'))]);
        let made = event(&headers, "/", &Bytes::from_static(b"{}"), "r-1");
        assert_eq!(made["version"], "2.0");
        assert_eq!(made["body"], "{}");
        assert_eq!(made["isBase64Encoded"], false);
        assert_eq!(made["requestContext"]["http"]["method"], "POST");
        assert_eq!(made["requestContext"]["requestId"], "r-1");
        assert_eq!(made["headers"], json!({ "x-amz-target": "T.O", "x-cutover-user": caller::caller() }));
        let odd = event(&headers, "/", &Bytes::from_static(&[0xff, 0xfe]), "r-1");
        assert_eq!((&odd["body"], &odd["isBase64Encoded"]), (&json!("//4="), &json!(true)));
    }

    #[test]
    fn an_answer_comes_back_as_it_is() {
        let text = br#"{"statusCode":400,"headers":{"X-Amzn-ErrorType":"E"},"body":"{\"__type\":\"E\"}","cookies":[]}"#;
        let answer = read(text).expect("an answer");
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.headers()["x-amzn-errortype"], "E");
        let encoded = read(br#"{"statusCode":200,"body":"e30=","isBase64Encoded":true}"#).expect("an answer");
        assert_eq!(encoded.status(), 200);
        assert!(
            read(b"null")
                .is_err_and(|(_, message, status)| status == 502 && message.contains("cannot be read"))
        );
    }
}
