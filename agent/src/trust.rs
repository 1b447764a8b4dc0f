//! The identity as the running agent goes by it, and how it changes. The keys of the service: another one counts once
//! one that counts already has announced it, and the ones before it for another hour, for the orders that are on their
//! way. The keys of the host: `rotate-key` writes them into the file, and the agent finds them there.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cutover_core::time::Timestamp;
use cutover_signing::handover::follow;
use cutover_signing::keys::KeySet;

use crate::identity::{Identity, IdentityError, PinnedKey};

/// How long a key still counts after its successor is known.
const FORMER_MS: u64 = 3_600_000;

/// The identity and its file.
#[derive(Debug)]
pub struct Trust {
    identity: Identity,
    path: PathBuf,
    /// Which file was looked at: every change makes another.
    seen: Option<(SystemTime, u64)>,
}

impl Trust {
    /// As the identity in this file says.
    pub fn new(identity: Identity, path: PathBuf) -> Self {
        let seen = version(&path);
        Self { identity, path, seen }
    }

    /// The identity, if the host has other keys in its file since. It is still the same host at the same service.
    ///
    /// # Errors
    /// When what stands there cannot be used, told once.
    pub fn renewed(&mut self) -> Result<Option<&Identity>, String> {
        let version = version(&self.path);
        if version == self.seen {
            return Ok(None);
        }
        self.seen = version;
        let there = Identity::read(&self.path).map_err(|error| error.to_string())?;
        if (&there.host, &there.endpoint, there.scope())
            != (&self.identity.host, &self.identity.endpoint, self.identity.scope())
        {
            return Err(format!("{} is another host's by now; start the agent anew.", self.path.display()));
        }
        let keys = |of: &Identity| (of.signing_key.clone(), of.access_key_id.clone());
        let changed = keys(&there) != keys(&self.identity);
        self.identity = there;
        Ok(changed.then_some(&self.identity))
    }

    /// What orders are checked with now.
    pub fn keys(&self, now: Timestamp) -> KeySet {
        self.identity.keys(now)
    }

    /// Takes in what the service announces; whether there is a key among it that was not known.
    ///
    /// # Errors
    /// When the file cannot be written: the keys count all the same, until the agent starts again.
    pub fn learn(&mut self, announcements: &[String], now: Timestamp) -> Result<bool, IdentityError> {
        if !learned(&mut self.identity, announcements, now) {
            return Ok(false);
        }
        // What stands there may be newer than ours: then it learns the same from what it trusts, if it can.
        Identity::change(&self.path, |there| {
            learned(there, announcements, now);
        })?;
        Ok(true)
    }
}

fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.ino()))
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
    use crate::identity::NextKeys;
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
    }

    #[test]
    fn other_keys_of_the_host_are_found_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        identity().write(&path).unwrap();
        let mut trust = Trust::new(identity(), path.clone());
        assert_eq!(trust.renewed(), Ok(None));
        // What `rotate-key` has written while the agent learns of a key of the service.
        let next = NextKeys { signing_key: Signer::from_seed([9; 32]).to_text(), ..NextKeys::default() };
        Identity::change(&path, |identity| identity.next = Some(next.clone())).unwrap();
        let second = OrderKeys::new(Signer::from_seed([3; 32])).next([4; 32]);
        assert!(trust.learn(second.announcements(), Timestamp::from_millis(0)).unwrap());
        let there = Identity::read(&path).unwrap();
        assert_eq!((there.next.as_ref(), there.order_keys.len()), (Some(&next), 2));
        assert_eq!(trust.renewed(), Ok(None), "not yet its keys");
        let renewed = there.renewed().unwrap();
        Identity::change(&path, |identity| *identity = renewed.clone()).unwrap();
        assert_eq!(trust.renewed(), Ok(Some(&renewed)));
        assert_eq!((&renewed.signing_key, &renewed.next), (&next.signing_key, &None));
        // Another host's identity is not this agent's.
        Identity { host: "web-2".into(), ..renewed }.write(&path).unwrap();
        assert!(trust.renewed().unwrap_err().contains("another host's"));
        assert_eq!(trust.renewed(), Ok(None));
    }
}
