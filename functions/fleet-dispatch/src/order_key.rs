//! The key that orders to hosts are signed with, and the ones before it: a secret. Whoever needs it first makes it; hosts
//! pin its public half when they enrol and follow the announcements from there, so that a lost secret means that all of
//! them enrol again.

use std::sync::{Arc, Mutex, PoisonError};

use cutover_core::time::Timestamp;
use cutover_ports::call::CallError;
use cutover_ports::secrets::Secrets;
use cutover_signing::handover::{Current, OrderKeys};
use cutover_signing::keys::Signer;
use serde_json::{Value, json};

/// How long a key is used before it is looked at again: hosts believe the one before for an hour.
const FRESH_MS: u64 = 300_000;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret cannot be read or kept.
    #[error("use the key of orders: {0}")]
    Secret(#[from] CallError),
    /// Something else is kept under its name.
    #[error("the secret {0} is no key of orders; it is not written over")]
    Strange(String),
}

/// The secret and what it holds.
pub struct OrderKeySecret {
    secrets: Arc<dyn Secrets>,
    name: String,
    current: Arc<Current>,
    read_at: Mutex<Timestamp>,
}

impl OrderKeySecret {
    /// The secret of that name; the first key is made when there is none.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn open(
        secrets: Arc<dyn Secrets>,
        name: String,
        seed: impl FnOnce() -> [u8; 32],
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        if secrets.read(&name).await?.is_none() {
            let made = OrderKeys::new(Signer::from_seed(seed()));
            secrets.create(&name, &made.to_text()).await?;
            tracing::info!(key = made.signer().id(), "made a key for orders, unless somebody was quicker");
        }
        // What is kept counts, not what was made here.
        let current = Current::new(kept(&*secrets, &name).await?);
        Ok(Self { secrets, name, current, read_at: Mutex::new(now) })
    }

    /// What is signed with now, for everybody who signs.
    pub fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current)
    }

    /// Looks at the secret again when that is due: another instance may have made the next key. One that cannot be read
    /// now is read the next time.
    pub async fn refresh(&self, now: Timestamp) {
        let read_at = *self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        if now.ms_since(read_at) < FRESH_MS {
            return;
        }
        if let Err(error) = self.read(now).await {
            tracing::warn!(%error, "orders are signed with the key that was read before");
        }
    }

    /// Answers a question: `order-key` tells the public half and the announcements, `rotate-order-key` makes the next key
    /// first. Nothing for any other.
    ///
    /// # Errors
    /// When the secret cannot be used.
    pub async fn answer(
        &self,
        question: &str,
        seed: impl FnOnce() -> [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Value>, KeyError> {
        self.read(now).await?;
        match question {
            "order-key" => {}
            "rotate-order-key" => {
                let next = self.current.get().next(seed());
                self.secrets.replace(&self.name, &next.to_text()).await?;
                tracing::info!(key = next.signer().id(), "orders are signed with a new key");
                self.current.set(next);
            }
            _ => return Ok(None),
        }
        let keys = self.current.get();
        let (key_id, public_key) = (keys.signer().id(), keys.signer().public());
        let announcements = keys.announcements();
        Ok(Some(json!({ "keyId": key_id, "publicKey": public_key, "announcements": announcements })))
    }

    async fn read(&self, now: Timestamp) -> Result<(), KeyError> {
        self.current.set(kept(&*self.secrets, &self.name).await?);
        *self.read_at.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }
}

async fn kept(secrets: &dyn Secrets, name: &str) -> Result<OrderKeys, KeyError> {
    let text = secrets.read(name).await?;
    text.as_deref().and_then(OrderKeys::from_text).ok_or_else(|| KeyError::Strange(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    /// What is kept, and what somebody else keeps between our look and our write.
    #[derive(Default)]
    struct Kept(Mutex<Option<String>>, Option<String>);

    impl Kept {
        fn text(&self) -> std::sync::MutexGuard<'_, Option<String>> {
            self.0.lock().expect("not poisoned")
        }
    }

    #[async_trait]
    impl Secrets for Kept {
        async fn read(&self, _: &str) -> Result<Option<String>, CallError> {
            Ok(self.text().clone())
        }

        async fn create(&self, _: &str, secret: &str) -> Result<(), CallError> {
            let secret = self.1.clone().unwrap_or_else(|| secret.to_owned());
            self.text().get_or_insert(secret);
            Ok(())
        }

        async fn replace(&self, _: &str, secret: &str) -> Result<(), CallError> {
            *self.text() = Some(secret.to_owned());
            Ok(())
        }
    }

    async fn open(kept: &Arc<Kept>, seed: u8) -> Result<OrderKeySecret, KeyError> {
        OrderKeySecret::open(kept.clone(), "k".to_owned(), || [seed; 32], at(0)).await
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn id(secret: &OrderKeySecret) -> String {
        secret.current().get().signer().id().to_owned()
    }

    #[tokio::test]
    async fn the_key_is_made_once_and_nothing_else_is_taken_for_it() {
        let kept = Arc::new(Kept::default());
        let made = open(&kept, 1).await.expect("a new one");
        assert_eq!(id(&open(&kept, 2).await.expect("the same")), id(&made));
        let quicker = Arc::new(Kept(Mutex::default(), kept.text().clone()));
        assert_eq!(id(&open(&quicker, 2).await.expect("the other's")), id(&made));
        let strange = Arc::new(Kept(Mutex::new(Some("else".to_owned())), None));
        assert!(matches!(open(&strange, 1).await, Err(KeyError::Strange(_))));
    }

    #[tokio::test]
    async fn another_instance_follows_within_minutes() {
        let kept = Arc::new(Kept::default());
        let (one, other) =
            (open(&kept, 1).await.expect("a new one"), open(&kept, 2).await.expect("the same"));
        let first = id(&one);
        let told = one.answer("rotate-order-key", || [3; 32], at(1)).await.expect("an answer");
        let told = told.expect("the next key");
        assert_ne!(id(&one), first);
        assert_eq!(
            (told["keyId"].as_str(), told["announcements"].as_array().map(Vec::len)),
            (Some(&*id(&one)), Some(1))
        );
        other.refresh(at(299_999)).await;
        assert_eq!(id(&other), first);
        other.refresh(at(300_000)).await;
        assert_eq!(id(&other), id(&one));
        // A question is answered with what is kept now.
        one.answer("rotate-order-key", || [4; 32], at(2)).await.expect("an answer");
        let told = other.answer("order-key", || [0; 32], at(300_001)).await.expect("an answer");
        assert_eq!(told.expect("the key")["keyId"].as_str(), Some(&*id(&one)));
        assert!(other.answer("else", || [0; 32], at(2)).await.expect("an answer").is_none());
    }
}
