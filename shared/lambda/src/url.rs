//! Function URL requests and answers (payload format 2.0): what a Function URL sends, and `cutover proxy`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A request, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlRequest {
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
