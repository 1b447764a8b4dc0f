//! How the key that orders are signed with gives way to another without any host enrolling again.
//!
//! ```text
//! key 1 ── announces ──► key 2 ── announces ──► key 3 (signs orders)
//!   ▲ pinned by a host that slept through both: it follows the announcements from there
//! ```
//! An announcement is a JWS of kind [`Kind::NextKey`], signed by the key that goes, of `{"v":1,"publicKey":…}`.

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::jws::{self, Kind};
use crate::keys::{KeySet, Signer, Verifier};

/// Announcements that are kept. A host whose key is older than these enrols again.
pub const KEPT: usize = 8;
/// The first word of an announcement's line where keys stand as text.
const LINE: &str = "cutover-next-key-1";
const VERSION: u16 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Announcement {
    v: u16,
    public_key: String,
}

/// The service's side: the key that signs, and how it came to be that.
#[derive(Debug, Clone)]
pub struct OrderKeys {
    signer: Signer,
    announcements: Vec<String>,
}

impl OrderKeys {
    /// A first key.
    pub fn new(signer: Signer) -> Self {
        Self { signer, announcements: Vec::new() }
    }

    /// What signs orders.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Oldest first; the last one names the key that signs.
    pub fn announcements(&self) -> &[String] {
        &self.announcements
    }

    /// The same with the key of these 32 random bytes, announced by the one that signs now.
    #[must_use]
    pub fn next(&self, seed: [u8; 32]) -> Self {
        let signer = Signer::from_seed(seed);
        let announcement = Announcement { v: VERSION, public_key: signer.public() };
        let payload = serde_json::to_vec(&announcement).unwrap_or_default();
        let past = self.announcements.len().saturating_sub(KEPT - 1);
        let mut announcements = self.announcements[past..].to_vec();
        announcements.push(jws::sign(&self.signer, Kind::NextKey, &payload));
        Self { signer, announcements }
    }

    /// As it stands where only the service may read: the key, then a line per announcement. With none it is the text
    /// of a [`Signer`].
    pub fn to_text(&self) -> String {
        let lines = self.announcements.iter().map(|jws| format!("{LINE} {jws}\n"));
        std::iter::once(self.signer.to_text()).chain(lines).collect()
    }

    /// The keys of such a text, if it is one.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.trim().lines();
        let signer = Signer::from_text(lines.next()?)?;
        let announcements = lines.map(|line| Some(line.strip_prefix(LINE)?.trim().to_owned()));
        Some(Self { signer, announcements: announcements.collect::<Option<_>>()? })
    }
}

/// The keys that came after these, oldest first. What none of them announced is passed over.
pub fn follow(known: &KeySet, announcements: &[String]) -> Vec<Verifier> {
    let mut trusted = known.clone();
    let mut learned = Vec::new();
    for announcement in announcements {
        let Ok(payload) = jws::verify(&trusted, Kind::NextKey, announcement) else { continue };
        let Ok(Announcement { v: VERSION, public_key }) = serde_json::from_slice(&payload) else { continue };
        let Some(key) = Verifier::from_public(&public_key) else { continue };
        if trusted.find(key.id()).is_none() {
            trusted.add(key.clone());
            learned.push(key);
        }
    }
    learned
}

/// The keys that a running service signs with: all its parts see the same, also after a change.
#[derive(Debug)]
pub struct Current(RwLock<Arc<OrderKeys>>);

impl Current {
    /// These, for now.
    pub fn new(keys: OrderKeys) -> Arc<Self> {
        Arc::new(Self(RwLock::new(Arc::new(keys))))
    }

    /// As they are now.
    pub fn get(&self) -> Arc<OrderKeys> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on these.
    pub fn set(&self, keys: OrderKeys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pinned(keys: &OrderKeys) -> KeySet {
        KeySet::new(Verifier::from_public(&keys.signer().public()))
    }

    fn ids(keys: &[Verifier]) -> Vec<&str> {
        keys.iter().map(Verifier::id).collect()
    }

    #[test]
    fn a_host_follows_from_whichever_key_it_knows() {
        let first = OrderKeys::new(Signer::from_seed([1; 32]));
        let second = first.next([2; 32]);
        let third = second.next([3; 32]);
        let (b, c) = (second.signer().id(), third.signer().id());
        assert_eq!(ids(&follow(&pinned(&first), third.announcements())), [b, c]);
        assert_eq!(ids(&follow(&pinned(&second), third.announcements())), [c]);
        assert!(follow(&pinned(&third), third.announcements()).is_empty());
    }

    #[test]
    fn nobody_else_announces_a_key() {
        let ours = OrderKeys::new(Signer::from_seed([1; 32]));
        let theirs = OrderKeys::new(Signer::from_seed([8; 32])).next([9; 32]);
        assert!(follow(&pinned(&ours), theirs.announcements()).is_empty());
        // What the right key signed as something else, or in another version, announces nothing.
        let next = Signer::from_seed([2; 32]).public();
        for (kind, text) in [
            (Kind::Order, format!(r#"{{"v":1,"publicKey":"{next}"}}"#)),
            (Kind::NextKey, format!(r#"{{"v":2,"publicKey":"{next}"}}"#)),
            (Kind::NextKey, r#"{"v":1,"publicKey":"AAAA"}"#.to_owned()),
        ] {
            let token = jws::sign(ours.signer(), kind, text.as_bytes());
            assert!(follow(&pinned(&ours), &[token]).is_empty(), "{kind:?} {text}");
        }
    }

    #[test]
    fn keys_survive_being_written_and_the_oldest_announcements_go() {
        let mut keys = OrderKeys::new(Signer::from_seed([0; 32]));
        assert_eq!(keys.to_text(), keys.signer().to_text());
        let early = pinned(&keys);
        for seed in 1..=10 {
            keys = keys.next([seed; 32]);
        }
        assert_eq!(keys.announcements().len(), KEPT);
        let read = OrderKeys::from_text(&keys.to_text()).expect("the keys");
        assert_eq!((read.signer().id(), read.announcements()), (keys.signer().id(), keys.announcements()));
        assert!(follow(&early, keys.announcements()).is_empty());
        for wrong in ["", "cutover-next-key-1 x", "cutover-signing-key-1 AAAA"] {
            assert!(OrderKeys::from_text(wrong).is_none(), "{wrong}");
        }
        assert!(OrderKeys::from_text(&format!("{}something else\n", keys.to_text())).is_none());
    }
}
