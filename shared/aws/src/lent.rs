//! Credentials that are lent for a while and fetched anew before they end.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use cutover_ports::host_access::Lent;
use tokio::sync::Mutex;

/// How long before their end credentials are not used any more: longer than the longest poll, and time enough for a
/// lender that does not answer at once.
const AHEAD: Duration = Duration::from_secs(300);

/// Whoever lends.
#[async_trait]
pub trait Lender: std::fmt::Debug + Send + Sync {
    /// New credentials.
    ///
    /// # Errors
    /// When there are none now; in words.
    async fn lend(&self) -> Result<Lent, String>;
}

/// What was lent last. Whoever asks while somebody else fetches waits for that.
#[derive(Debug)]
pub(crate) struct Borrower {
    lender: Arc<dyn Lender>,
    held: Mutex<Option<Credentials>>,
}

impl Borrower {
    pub(crate) fn new(lender: Arc<dyn Lender>) -> Self {
        Self { lender, held: Mutex::new(None) }
    }

    async fn borrow(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        let mut held = self.held.lock().await;
        if let Some(credentials) = held.as_ref().filter(|held| is_good(held, now)) {
            return Ok(credentials.clone());
        }
        let lent = match self.lender.lend().await {
            Ok(lent) => lent,
            // They may be good for a few minutes more.
            Err(problem) => return held.clone().ok_or_else(|| CredentialsError::provider_error(problem)),
        };
        let millis = u64::try_from(lent.expires_at.as_millis()).unwrap_or(0);
        let expires_at = UNIX_EPOCH + Duration::from_millis(millis);
        let credentials = Credentials::new(lent.id, lent.secret, Some(lent.token), Some(expires_at), "lent");
        Ok(held.insert(credentials).clone())
    }
}

fn is_good(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_some_and(|end| now + AHEAD < end)
}

impl ProvideCredentials for Borrower {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.borrow(SystemTime::now()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use cutover_core::time::Timestamp;

    use super::*;

    /// Lends for an hour, under a new name each time, but not the third time.
    #[derive(Debug, Default)]
    struct Hourly(AtomicU64);

    #[async_trait]
    impl Lender for Hourly {
        async fn lend(&self) -> Result<Lent, String> {
            let time = self.0.fetch_add(1, Ordering::SeqCst);
            if time == 2 {
                return Err("not now".to_owned());
            }
            let expires_at = Timestamp::from_millis(3_600_000 * (time as i64 + 1));
            Ok(Lent { id: format!("id-{time}"), secret: "s".into(), token: "t".into(), expires_at })
        }
    }

    #[tokio::test]
    async fn credentials_are_fetched_before_they_end() {
        let borrower = Borrower::new(Arc::new(Hourly::default()));
        for (minute, expected) in
            [(0, "id-0"), (54, "id-0"), (56, "id-1"), (114, "id-1"), (116, "id-1"), (117, "id-3")]
        {
            let now = UNIX_EPOCH + Duration::from_secs(60 * minute);
            let credentials = borrower.borrow(now).await.expect("credentials");
            assert_eq!(credentials.access_key_id(), expected, "{minute}");
        }
    }
}
