//! Function URL requests and answers (payload format 2.0): what a Function URL sends, and `cutover proxy`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// A request, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlRequest {
    /// The path of the URL; empty by direct invoke, where there is none.
    #[serde(default)]
    pub raw_path: String,
    /// Names in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Text, or base64 when [`UrlRequest::is_base64_encoded`].
    #[serde(default)]
    pub body: Option<String>,
    /// How the body is written.
    #[serde(default)]
    pub is_base64_encoded: bool,
    /// What Lambda knows of the request.
    #[serde(default)]
    pub request_context: RequestContext,
}

/// What Lambda knows of the request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// Names the request.
    #[serde(default)]
    pub request_id: String,
    /// Who called, when IAM checked it.
    #[serde(default)]
    pub authorizer: Option<Authorizer>,
    /// The HTTP part.
    #[serde(default)]
    pub http: Option<Http>,
}

/// The HTTP part of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    /// GET, POST and the like.
    pub method: Option<String>,
    /// Where it came from.
    pub source_ip: Option<String>,
}

/// Who called.
#[derive(Debug, Deserialize)]
pub struct Authorizer {
    /// The IAM part.
    pub iam: Option<IamCaller>,
}

/// An IAM caller.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IamCaller {
    /// The caller's ARN.
    pub user_arn: Option<String>,
}

impl UrlRequest {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body. One that is said to be base64 and is not stays as it is, for the API to refuse.
    pub fn bytes(&self) -> Vec<u8> {
        let text = self.body.as_deref().unwrap_or_default();
        let decoded = if self.is_base64_encoded { BASE64_STANDARD.decode(text).ok() } else { None };
        decoded.unwrap_or_else(|| text.as_bytes().to_vec())
    }

    /// GET, POST and the like, if that is known.
    pub fn method(&self) -> Option<&str> {
        self.request_context.http.as_ref()?.method.as_deref()
    }

    /// The address that the request came from, if that is known.
    pub fn source(&self) -> Option<&str> {
        self.request_context.http.as_ref()?.source_ip.as_deref()
    }

    /// The ARN of the IAM caller, if there is one.
    pub fn principal(&self) -> Option<String> {
        self.request_context.authorizer.as_ref()?.iam.as_ref()?.user_arn.clone()
    }
}

/// An answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlAnswer {
    /// HTTP status.
    pub status_code: u16,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Text.
    pub body: String,
    /// Always false: the body is JSON.
    pub is_base64_encoded: bool,
    /// Always empty, and demanded by the local runtime.
    pub cookies: Vec<String>,
}

impl UrlAnswer {
    /// An answer in JSON.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = String::from_utf8_lossy(&body.into()).into_owned();
        let answer = Self {
            status_code: status,
            headers: BTreeMap::new(),
            body,
            is_base64_encoded: false,
            cookies: vec![],
        };
        answer.with_header("content-type", "application/x-amz-json-1.1")
    }

    /// The same with a header more, unless its value is empty.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.headers.insert(name.to_owned(), value.to_owned());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_a_function_url_is_read() {
        let text = r#"{"version":"2.0","rawPath":"/","headers":{"x-amz-target":"T"},"body":"e30=",
            "isBase64Encoded":true,"requestContext":{"requestId":"r","http":{"method":"POST","sourceIp":"192.0.2.1"},
            "authorizer":{"iam":{"accountId":"1","userArn":"arn:aws:iam::1:user/u"}}}}"#;
        let request: UrlRequest = serde_json::from_str(text).expect("a request");
        assert_eq!(request.header("x-amz-target"), Some("T"));
        assert_eq!(request.bytes(), b"{}");
        assert_eq!((request.method(), request.source()), (Some("POST"), Some("192.0.2.1")));
        assert_eq!(request.principal().as_deref(), Some("arn:aws:iam::1:user/u"));
    }

    #[test]
    fn a_body_is_text_or_base64_or_absent() {
        for (body, encoded, expected) in [
            (r#""{}""#, false, &b"{}"[..]),
            ("null", false, b""),
            (r#""e30=""#, true, b"{}"),
            (r#""!""#, true, b"!"),
        ] {
            let text = format!(r#"{{"body":{body},"isBase64Encoded":{encoded}}}"#);
            let request: UrlRequest = serde_json::from_str(&text).expect("a request");
            assert_eq!(request.bytes(), expected, "{text}");
        }
    }
}
