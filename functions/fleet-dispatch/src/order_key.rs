//! The key that orders to hosts are signed with. Whoever needs it first makes it; hosts pin its public half when they
//! enrol, so that a lost key means that all of them enrol again.

use cutover_ports::call::CallError;
use cutover_ports::secrets::Secrets;
use cutover_signing::handover::OrderKeys;
use cutover_signing::keys::Signer;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret cannot be read or made.
    #[error("read the key of orders: {0}")]
    Secret(#[from] CallError),
    /// Something else is kept under its name.
    #[error("the secret {0} is no key of orders; it is not written over")]
    Strange(String),
}

/// The key of that name, which is made when there is none.
///
/// # Errors
/// When it cannot be had.
pub async fn open(
    secrets: &dyn Secrets,
    name: &str,
    seed: impl FnOnce() -> [u8; 32],
) -> Result<OrderKeys, KeyError> {
    let mut found = secrets.read(name).await?;
    if found.is_none() {
        let made = OrderKeys::new(Signer::from_seed(seed()));
        secrets.create(name, &made.to_text()).await?;
        tracing::info!(key = made.signer().id(), "made a key for orders, unless somebody was quicker");
        found = secrets.read(name).await?;
    }
    // What is kept counts, not what was made here.
    found.as_deref().and_then(OrderKeys::from_text).ok_or_else(|| KeyError::Strange(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;

    /// What is kept, and what somebody else keeps between our look and our write.
    #[derive(Default)]
    struct Kept(Mutex<Option<String>>, Option<String>);

    #[async_trait]
    impl Secrets for Kept {
        async fn read(&self, _: &str) -> Result<Option<String>, CallError> {
            Ok(self.0.lock().expect("not poisoned").clone())
        }

        async fn create(&self, _: &str, secret: &str) -> Result<(), CallError> {
            let secret = self.1.clone().unwrap_or_else(|| secret.to_owned());
            self.0.lock().expect("not poisoned").get_or_insert(secret);
            Ok(())
        }
    }

    #[tokio::test]
    async fn the_key_is_made_once_and_nothing_else_is_taken_for_it() {
        let kept = Kept::default();
        let made = open(&kept, "k", || [1; 32]).await.expect("a new one");
        assert_eq!(open(&kept, "k", || [2; 32]).await.expect("the same").signer().id(), made.signer().id());
        let quicker = Kept(Mutex::default(), Some(made.to_text()));
        assert_eq!(
            open(&quicker, "k", || [2; 32]).await.expect("the other's").signer().id(),
            made.signer().id()
        );
        let strange = Kept(Mutex::new(Some("else".to_owned())), None);
        assert!(matches!(open(&strange, "k", || [1; 32]).await, Err(KeyError::Strange(_))));
    }
}
