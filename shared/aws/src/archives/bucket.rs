//! What a bucket has, and what it is given.

use std::time::Duration;

use cutover_ports::call::CallError;

use super::LazyWeb;
use crate::caller::{credentials, endpoint, region};
use crate::object::{Asked, Object, refusal, signed};
use crate::sdk::{ATTEMPT, Sdk};
use crate::web::{Answer, Web};

/// How long an archive may take on its way into a bucket.
const PUT: Duration = Duration::from_secs(30);

/// Objects of the configured region.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    sdk: Sdk,
    web: LazyWeb,
}

impl Bucket {
    pub(super) fn new(sdk: Sdk, web: LazyWeb) -> Self {
        Self { sdk, web }
    }

    /// Whether the object is known to be there. Who may not list a bucket is not told of what it lacks, but refused;
    /// then the PUT tells.
    pub(super) async fn has(&self, object: Object<'_>) -> Result<bool, CallError> {
        let answer = self.ask("HEAD", object, &[], Vec::new(), ATTEMPT).await?;
        match answer.status {
            200 => Ok(true),
            408 | 429 | 500.. => Err(refused(object, &answer)),
            _ => Ok(false),
        }
    }

    /// Puts the object there, unless somebody else has by now.
    pub(super) async fn put_new(&self, object: Object<'_>, zip: Vec<u8>) -> Result<(), CallError> {
        let headers = [("content-type", "application/zip"), ("if-none-match", "*")];
        let answer = self.ask("PUT", object, &headers, zip, PUT).await?;
        match answer.status {
            200 | 412 => Ok(()),
            // S3 API reference, PutObject, If-None-Match: somebody else is at it. It need not end well for him.
            409 => Err(CallError::Transient { message: format!("{} is being changed", address(object)) }),
            404 => Err(CallError::Gone { what: format!("the bucket {}", object.bucket) }),
            _ => Err(refused(object, &answer)),
        }
    }

    async fn ask(
        &self,
        method: &str,
        object: Object<'_>,
        fixed: &[(&str, &str)],
        body: Vec<u8>,
        within: Duration,
    ) -> Result<Answer, CallError> {
        let refused = |message: String| CallError::Refused { message };
        let config = self.sdk.config().await;
        let endpoint = endpoint(config, "S3");
        let place = (region(config).map_err(refused)?, endpoint.as_deref());
        let credentials = credentials(config).await.map_err(refused)?;
        let asked = Asked { method, headers: fixed, body: &body };
        let (url, headers) = signed(credentials, object, place, asked).map_err(refused)?;
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<_> = fixed.iter().copied().chain(headers).collect();
        let answer = self.web.get_or_init(Web::new).call(method, &url, &headers, body, within).await;
        answer.map_err(|error| CallError::Transient { message: format!("{}: {error}", address(object)) })
    }
}

fn address(Object { bucket, key, .. }: Object<'_>) -> String {
    format!("s3://{bucket}/{key}")
}

fn refused(object: Object<'_>, answer: &Answer) -> CallError {
    refusal(answer.status, &String::from_utf8_lossy(&answer.body), &address(object))
}
