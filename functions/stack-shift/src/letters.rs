//! Letters to presigned addresses: CloudFormation takes its answers and signals so.

use std::time::{Duration, Instant};

use async_trait::async_trait;

/// The first wait between two tries; it doubles.
const FIRST_REST: Duration = Duration::from_millis(500);
/// The longest wait between two tries.
const LONGEST_REST: Duration = Duration::from_secs(8);

/// Puts a body at an address.
#[async_trait]
pub trait Letters: Send + Sync {
    /// The status of the answer.
    ///
    /// # Errors
    /// When there is none; in words.
    async fn put(&self, url: &str, body: &str) -> Result<u16, String>;
}

/// Puts a body until it is taken, or until the deadline has passed.
///
/// # Errors
/// What the last try came to, without the address: whoever knows it can answer.
pub(crate) async fn put(
    letters: &dyn Letters,
    url: &str,
    body: &str,
    deadline: Instant,
) -> Result<(), String> {
    let mut rest = FIRST_REST;
    loop {
        let failed = match letters.put(url, body).await {
            Ok(200..300) => return Ok(()),
            Ok(status) => format!("it was answered with status {status}"),
            Err(error) => error,
        };
        if Instant::now() + rest >= deadline {
            return Err(failed);
        }
        tokio::time::sleep(rest).await;
        rest = (rest * 2).min(LONGEST_REST);
    }
}
