//! The master key: what it seals, and how it is written down.

use std::fmt;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use cutover_ports::call::CallError;
use cutover_ports::secrets::Sealer;

/// The first word of a master key that is written down: its layout.
const LAYOUT: &str = "cutover-master-key-1";
const NONCE: usize = 24;

/// Seals and opens secrets.
pub struct Master(XChaCha20Poly1305);

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Master")
    }
}

impl Master {
    /// A master key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(bytes)))
    }

    /// A new master key, written down.
    pub fn made() -> String {
        format!("{LAYOUT} {}\n", BASE64_STANDARD.encode(random::<32>()))
    }

    /// The master key that is written down so; nothing for any other text.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.trim().strip_prefix(LAYOUT)?.trim()).ok()?;
        Some(Self::new(bytes.try_into().ok()?))
    }

    /// The secret of that id, sealed: text.
    ///
    /// # Panics
    /// Never with secrets that fit the memory.
    pub fn seal(&self, id: &str, secret: &str) -> String {
        let nonce = random::<NONCE>();
        let payload = Payload { msg: secret.as_bytes(), aad: id.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).expect("a short text can be sealed");
        BASE64_STANDARD.encode([&nonce[..], &sealed].concat())
    }

    /// The secret of that id, if this master key sealed it for the same id.
    pub fn open_sealed(&self, id: &str, sealed: &str) -> Option<String> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: id.as_bytes() };
        String::from_utf8(self.0.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
    }
}

#[async_trait]
impl Sealer for Master {
    async fn seal(&self, place: &str, secret: &str) -> Result<String, CallError> {
        Ok(Master::seal(self, place, secret))
    }

    async fn open(&self, place: &str, sealed: &str) -> Result<Option<String>, CallError> {
        Ok(self.open_sealed(place, sealed))
    }
}

fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_master_opens_and_only_for_the_same_id() {
        let master = Master::new([7; 32]);
        let sealed = master.seal("CUTO1", "secret");
        assert_ne!(sealed, master.seal("CUTO1", "secret"), "never twice the same");
        assert!(!sealed.contains("secret"));
        assert_eq!(master.open_sealed("CUTO1", &sealed).as_deref(), Some("secret"));
        assert_eq!(master.open_sealed("CUTO2", &sealed), None);
        assert_eq!(Master::new([8; 32]).open_sealed("CUTO1", &sealed), None);
        for wrong in ["", "AAAA", "!", &sealed[4..]] {
            assert_eq!(master.open_sealed("CUTO1", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_down_is_read_and_nothing_else() {
        let text = Master::made();
        assert_ne!(text, Master::made());
        let sealed = Master::read(&text).expect("a key").seal("id", "s");
        assert_eq!(
            Master::read(text.trim()).and_then(|same| same.open_sealed("id", &sealed)).as_deref(),
            Some("s")
        );
        for wrong in
            ["", "cutover-master-key-1", "cutover-master-key-1 AAAA", &text.replace("key-1", "key-2")]
        {
            assert!(Master::read(wrong).is_none(), "{wrong}");
        }
    }
}
