//! Keys that sign, and sets of keys that check.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// The first word of a signing key written as text: its layout.
const LAYOUT: &str = "cutover-signing-key-1";

/// A key that signs.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    id: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Signer {
    /// The key of these 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let id = key_id(&key.verifying_key());
        Self { key, id }
    }

    /// As it stands in a file that only its owner may read.
    pub fn to_text(&self) -> String {
        format!("{LAYOUT} {}\n", BASE64_STANDARD.encode(self.key.to_bytes()))
    }

    /// The key of such a file, if it is one.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.trim().strip_prefix(LAYOUT)?.trim()).ok()?;
        Some(Self::from_seed(bytes.try_into().ok()?))
    }

    /// Names the key: 16 hexadecimal digits, of the public half's SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public half, in base64.
    pub fn public(&self) -> String {
        BASE64_STANDARD.encode(self.key.verifying_key().as_bytes())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }
}

/// The public half of a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    key: VerifyingKey,
    id: String,
}

impl Verifier {
    /// The key of that base64, if it is one.
    pub fn from_public(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = BASE64_STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        Some(Self { id: key_id(&key), key })
    }

    /// Names the key, like [`Signer::id`].
    pub fn id(&self) -> &str {
        &self.id
    }

    /// In base64, as [`Verifier::from_public`] reads it.
    pub fn public(&self) -> String {
        BASE64_STANDARD.encode(self.key.as_bytes())
    }

    /// Whether the key made this signature. Strict: the malleable forms that RFC 8032 leaves open are refused.
    pub(crate) fn verifies(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok()
    }
}

/// The keys that somebody trusts.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<Verifier>);

impl KeySet {
    /// These keys.
    pub fn new(keys: impl IntoIterator<Item = Verifier>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Those of these public halves, in base64, that are keys.
    pub fn of_public<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(keys.into_iter().filter_map(Verifier::from_public))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more.
    pub fn add(&mut self, key: Verifier) {
        self.0.push(key);
    }

    /// The key of that id.
    pub fn find(&self, id: &str) -> Option<&Verifier> {
        self.0.iter().find(|key| key.id == id)
    }
}

fn key_id(key: &VerifyingKey) -> String {
    Sha256::digest(key.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_being_written() {
        let signer = Signer::from_seed([7; 32]);
        let again = Signer::from_text(&signer.to_text()).expect("the key");
        assert_eq!((again.id(), again.public()), (signer.id(), signer.public()));
        let public = Verifier::from_public(&signer.public()).expect("the public half");
        assert_eq!(public.id(), signer.id());
        assert_eq!(signer.id().len(), 16);
        assert!(!format!("{signer:?}").contains(&signer.to_text()[LAYOUT.len() + 1..]));
        for wrong in ["", LAYOUT, "cutover-signing-key-1 AAAA", "cutover-signing-key-2 AAAA", "x"] {
            assert!(Signer::from_text(wrong).is_none(), "{wrong}");
            assert!(Verifier::from_public(wrong).is_none(), "{wrong}");
        }
    }
}
