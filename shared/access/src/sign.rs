//! The client's side: the headers that sign a request.

use cutover_core::stamp::stamp;
use cutover_core::time::Timestamp;

use crate::claim::{service_of, signature};
use crate::credentials::Credentials;

/// What is signed beside the body: an operation is a POST of its target to a host and a path.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The header Host.
    pub host: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// The header X-Amz-Target.
    pub target: &'a str,
    /// The region that it is for.
    pub region: &'a str,
}

/// The headers X-Amz-Date and Authorization of the request, signed at this moment. Nothing if the path is none.
pub fn signed(
    post: Post<'_>,
    body: &[u8],
    credentials: &Credentials,
    now: Timestamp,
) -> Option<[(&'static str, String); 2]> {
    let at = stamp(now);
    let headers = [("host", post.host), ("x-amz-date", &at), ("x-amz-target", post.target)];
    let (id, secret) = (credentials.id.as_str(), credentials.secret.as_str());
    let service = service_of(post.target);
    let made = signature(("POST", post.path, &headers, body), (id, secret), (post.region, service, now))?;
    let scope = format!("{}/{}/{service}/aws4_request", &at[..8], post.region);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature={made}"
    );
    Some([("x-amz-date", at), ("authorization", authorization)])
}
