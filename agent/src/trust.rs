//! The keys of the service that this host trusts, and how they change: another key counts once one that counts
//! already has announced it. The ones before it count for another hour, for the orders that are on their way.

use std::io;
use std::path::PathBuf;

use cutover_core::time::Timestamp;
use cutover_signing::handover::follow;
use cutover_signing::keys::KeySet;

use crate::identity::{Identity, PinnedKey};

/// How long a key still counts after its successor is known.
const FORMER_MS: u64 = 3_600_000;

/// The trusted keys; what is learned is kept in the identity's file.
#[derive(Debug)]
pub struct Trust {
    identity: Identity,
    path: PathBuf,
}

impl Trust {
    /// As the identity in this file says.
    pub fn new(identity: Identity, path: PathBuf) -> Self {
        Self { identity, path }
    }

    /// What orders are checked with now.
    pub fn keys(&self, now: Timestamp) -> KeySet {
        self.identity.keys(now)
    }

    /// Takes in what the service announces; whether there is a key among it that was not known.
    ///
    /// # Errors
    /// When the file cannot be written: the keys count all the same, until the agent starts again.
    pub fn learn(&mut self, announcements: &[String], now: Timestamp) -> io::Result<bool> {
        if !learned(&mut self.identity, announcements, now) {
            return Ok(false);
        }
        // Somebody may have enrolled the host anew in the meantime: that identity is not ours to write.
        if Identity::read(&self.path).is_ok_and(|there| there.signing_key == self.identity.signing_key) {
            self.identity.write(&self.path)?;
        }
        Ok(true)
    }
}

fn learned(identity: &mut Identity, announcements: &[String], now: Timestamp) -> bool {
    let news = follow(&identity.keys(now), announcements);
    let Some((newest, passed)) = news.split_last() else { return false };
    let former = now.plus_ms(FORMER_MS);
    identity.order_keys.retain(|key| key.until.is_none_or(|until| now < until));
    for key in &mut identity.order_keys {
        key.until.get_or_insert(former);
    }
    identity.order_keys.extend(passed.iter().map(|key| PinnedKey { until: Some(former), ..key.into() }));
    identity.order_keys.push(newest.into());
    true
}

#[cfg(test)]
mod tests {
    use cutover_signing::handover::OrderKeys;
    use cutover_signing::keys::Signer;

    use super::*;
    use crate::identity::tests::identity;

    #[test]
    fn the_next_key_counts_at_once_and_the_last_one_for_an_hour() {
        let first = OrderKeys::new(Signer::from_seed([3; 32]));
        let third = first.next([4; 32]).next([5; 32]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        identity().write(&path).unwrap();
        let mut trust = Trust::new(identity(), path.clone());
        let now = Timestamp::from_millis(1_000_000);
        let counts =
            |trust: &Trust, now, keys: &OrderKeys| trust.keys(now).find(keys.signer().id()).is_some();
        assert!(counts(&trust, now, &first) && !counts(&trust, now, &third));
        assert!(trust.learn(third.announcements(), now).unwrap());
        assert!(!trust.learn(third.announcements(), now).unwrap(), "nothing new");
        let later = now.plus_ms(FORMER_MS);
        let again = Trust::new(Identity::read(&path).unwrap(), path.clone());
        for trust in [&trust, &again] {
            assert!(counts(trust, now, &first) && counts(trust, now, &third));
            assert!(!counts(trust, later, &first) && counts(trust, later, &third));
        }
        // Another enrolment is not overwritten.
        let other = Identity { signing_key: Signer::from_seed([9; 32]).to_text(), ..identity() };
        other.write(&path).unwrap();
        assert!(trust.learn(third.next([6; 32]).announcements(), now).unwrap());
        assert_eq!(Identity::read(&path).unwrap(), other);
    }
}
