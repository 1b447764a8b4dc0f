//! Artifacts of pipelines: whole objects of S3, read with the credentials that come with a job.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use cutover_ports::call::CallError;
use cutover_ports::host_access::Lent;
use cutover_ports::pipelines::Artifacts;

use crate::caller::{endpoint, region};
use crate::object::{Asked, Object, refusal, signed};
use crate::sdk::{ATTEMPT, Sdk};
use crate::web::{Stream, Web};

/// How long a whole object may take.
const WITHIN: Duration = Duration::from_secs(30);
/// As much of a refusal as is read.
const REFUSAL_BYTES: usize = 16 * 1024;

/// Objects of the configured region. Nothing is loaded before the first call.
#[derive(Debug, Clone)]
pub struct S3Artifacts {
    sdk: Sdk,
    web: Arc<OnceLock<Web>>,
}

impl S3Artifacts {
    /// In the region of the SDK's configuration, where a pipeline's action finds its artifacts.
    pub fn new(sdk: Sdk) -> Self {
        Self { sdk, web: Arc::default() }
    }

    async fn get(&self, object: Object<'_>, credentials: &Lent) -> Result<Stream, CallError> {
        let Lent { id, secret, token, .. } = credentials.clone();
        let credentials = Credentials::new(id, secret, Some(token), None, "artifact");
        let refused = |message: String| CallError::Refused { message };
        let config = self.sdk.config().await;
        let endpoint = endpoint(config, "S3");
        let place = (region(config).map_err(refused)?, endpoint.as_deref());
        let (url, headers) = signed(credentials, object, place, Asked::GET).map_err(refused)?;
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.web.get_or_init(Web::new).get(&url, &headers, ATTEMPT).await.map_err(lost)
    }
}

#[async_trait]
impl Artifacts for S3Artifacts {
    async fn read(
        &self,
        bucket: &str,
        key: &str,
        credentials: &Lent,
        most_bytes: usize,
    ) -> Result<Vec<u8>, CallError> {
        let what = || format!("s3://{bucket}/{key}");
        let read = async {
            let mut answer = self.get(Object { bucket, key, version: None }, credentials).await?;
            if answer.status == 200 {
                return whole(&mut answer, most_bytes, &what()).await;
            }
            let told = whole(&mut answer, REFUSAL_BYTES, "the refusal").await.unwrap_or_default();
            Err(refusal(answer.status, &String::from_utf8_lossy(&told), &what()))
        };
        let late = || CallError::Transient { message: format!("{} took longer than {WITHIN:?}", what()) };
        tokio::time::timeout(WITHIN, read).await.unwrap_or_else(|_| Err(late()))
    }
}

/// Reads to the end, and no further than the limit.
async fn whole(answer: &mut Stream, most_bytes: usize, what: &str) -> Result<Vec<u8>, CallError> {
    let too_large = || CallError::Refused { message: format!("{what} is larger than {most_bytes} bytes") };
    answer.whole(most_bytes, ATTEMPT).await.map_err(lost)?.ok_or_else(too_large)
}

fn lost(error: std::io::Error) -> CallError {
    CallError::Transient { message: format!("S3: {error}") }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers every request so; gives its address.
    async fn server(answer: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("its number"));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4096];
                let read = stream.read(&mut head).await.unwrap_or_default();
                let head = String::from_utf8_lossy(&head[..read]).to_lowercase();
                let asked =
                    head.starts_with("get /b/p/k ") && head.contains("x-amz-security-token: the-token");
                assert!(asked && head.contains("credential=the-id/"), "{head}");
                stream.write_all(answer.as_bytes()).await.expect("the answer is taken");
            }
        });
        address
    }

    #[tokio::test]
    async fn objects_are_read_whole_with_the_credentials_of_the_job_or_not_at_all() {
        let chunked = |body: &str| {
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            )
        };
        let sized = |status: &str, body: &str| {
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        };
        let too_large = Err(CallError::Refused { message: "s3://b/p/k is larger than 8 bytes".to_owned() });
        let denied = "<Error><Code>AccessDenied</Code><Message>No</Message></Error>";
        let denied_told = CallError::Denied { message: "AccessDenied: No (s3://b/p/k)".to_owned() };
        for (answer, expected) in [
            (sized("200 OK", "12345678"), Ok(b"12345678".to_vec())),
            (chunked("12345678"), Ok(b"12345678".to_vec())),
            (sized("200 OK", "123456789"), too_large.clone()),
            (chunked("123456789"), too_large),
            (sized("403 Forbidden", denied), Err(denied_told)),
            (sized("404 Not Found", ""), Err(CallError::Gone { what: "s3://b/p/k".to_owned() })),
        ] {
            let artifacts = S3Artifacts::new(Sdk::emulator(server(answer.clone()).await));
            let expires_at = cutover_core::time::Timestamp::from_millis(0);
            let (id, secret, token) = ("the-id".to_owned(), "the-secret".to_owned(), "the-token".to_owned());
            let read = artifacts.read("b", "p/k", &Lent { id, secret, token, expires_at }, 8).await;
            assert_eq!(read, expected, "{answer}");
        }
    }
}
