//! A master key that is kept as a secret of the installation, for functions that share it. It is read when something is
//! first sealed or opened, and made by whoever seals first.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::secrets::{Sealer, Secrets};

use crate::master::Master;

/// Seals with the master key that is kept under a name.
pub struct KeptMaster {
    secrets: Arc<dyn Secrets>,
    name: String,
    known: OnceLock<Master>,
}

impl KeptMaster {
    /// The one of that name. Nothing is read yet.
    pub fn new(secrets: Arc<dyn Secrets>, name: String) -> Self {
        Self { secrets, name, known: OnceLock::new() }
    }

    async fn known(&self) -> Result<Option<&Master>, CallError> {
        if let Some(master) = self.known.get() {
            return Ok(Some(master));
        }
        let Some(text) = self.secrets.read(&self.name).await? else { return Ok(None) };
        let message = || format!("the secret {} is no master key; it is not written over", self.name);
        let master = Master::read(&text).ok_or_else(|| CallError::Refused { message: message() })?;
        Ok(Some(self.known.get_or_init(|| master)))
    }

    async fn known_or_made(&self) -> Result<&Master, CallError> {
        if let Some(master) = self.known().await? {
            return Ok(master);
        }
        self.secrets.create(&self.name, &Master::made()).await?;
        // What is kept counts, not what was made here: somebody may have been quicker.
        let message = || format!("the secret {} was just made and is not there", self.name);
        self.known().await?.ok_or_else(|| CallError::Transient { message: message() })
    }
}

#[async_trait]
impl Sealer for KeptMaster {
    async fn seal(&self, place: &str, secret: &str) -> Result<String, CallError> {
        Ok(self.known_or_made().await?.seal(place, secret))
    }

    async fn open(&self, place: &str, sealed: &str) -> Result<Option<String>, CallError> {
        Ok(self.known().await?.and_then(|master| master.open_sealed(place, sealed)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What is kept, how often it was read, and what somebody else keeps between our look and our write.
    #[derive(Default)]
    struct Kept {
        text: Mutex<Option<String>>,
        reads: Mutex<u32>,
        quicker: Option<String>,
    }

    #[async_trait]
    impl Secrets for Kept {
        async fn read(&self, name: &str) -> Result<Option<String>, CallError> {
            assert_eq!(name, "k");
            *self.reads.lock().expect("not poisoned") += 1;
            Ok(self.text.lock().expect("not poisoned").clone())
        }

        async fn create(&self, _: &str, secret: &str) -> Result<(), CallError> {
            let secret = self.quicker.clone().unwrap_or_else(|| secret.to_owned());
            self.text.lock().expect("not poisoned").get_or_insert(secret);
            Ok(())
        }

        async fn replace(&self, _: &str, _: &str) -> Result<(), CallError> {
            panic!("a master key is never replaced")
        }
    }

    fn over(kept: &Arc<Kept>) -> KeptMaster {
        KeptMaster::new(kept.clone(), "k".to_owned())
    }

    #[tokio::test]
    async fn whoever_seals_first_makes_the_key_and_everybody_uses_it() {
        let kept = Arc::new(Kept::default());
        let (one, other) = (over(&kept), over(&kept));
        assert_eq!(other.open("p", "AAAA").await, Ok(None), "nothing was sealed, and no key is made to open");
        assert_eq!(*kept.text.lock().expect("not poisoned"), None);
        let sealed = one.seal("p", "secret").await.expect("sealed");
        assert_eq!(other.open("p", &sealed).await, Ok(Some("secret".to_owned())));
        assert_eq!(other.open("q", &sealed).await, Ok(None));
        let reads = *kept.reads.lock().expect("not poisoned");
        other.seal("p", "secret").await.expect("sealed");
        one.open("p", &sealed).await.expect("opened");
        assert_eq!(*kept.reads.lock().expect("not poisoned"), reads, "it is read once");
    }

    #[tokio::test]
    async fn somebody_elses_key_counts_and_nothing_else_is_written_over() {
        let theirs = Master::made();
        let kept = Arc::new(Kept { quicker: Some(theirs.clone()), ..Kept::default() });
        let sealed = over(&kept).seal("p", "s").await.expect("sealed");
        assert_eq!(Master::read(&theirs).expect("a key").open_sealed("p", &sealed).as_deref(), Some("s"));
        let strange = Arc::new(Kept { text: Mutex::new(Some("else".to_owned())), ..Kept::default() });
        assert!(matches!(over(&strange).seal("p", "s").await, Err(CallError::Refused { .. })));
        assert!(matches!(over(&strange).open("p", "s").await, Err(CallError::Refused { .. })));
    }
}
