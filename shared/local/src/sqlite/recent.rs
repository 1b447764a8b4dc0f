//! Items written lately, so that reading what was just written costs no SQLite.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_ports::table::{Item, Key};

/// Bytes of items that one generation keeps; there are two.
const GENERATION_BYTES: usize = 8 << 20;
/// What an item costs beside its body: keys, map entry.
const OVERHEAD: usize = 512;

/// The newest versions of items written lately.
///
/// Only the writer fills it, since only the writer knows the order: it [forgets](Self::forget) the keys of a
/// transaction before the commit and [keeps](Self::keep) the items after it, before anybody hears of it. So
/// what is here is never older than an acknowledged write, nor than what SQLite has shown anybody.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Generations>);

/// The young one becomes the old one when it is full, and the old one goes.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, Arc<Item>>,
    old: HashMap<Key, Arc<Item>>,
    young_bytes: usize,
}

impl Recent {
    /// The item, if it was written lately. Its absence says nothing.
    pub(crate) fn get(&self, key: &Key) -> Option<Item> {
        let found = {
            let all = self.all();
            all.young.get(key).or_else(|| all.old.get(key)).cloned()
        };
        found.map(|item| Item::clone(&item))
    }

    /// Drops keys that are about to change.
    pub(crate) fn forget<'a>(&self, keys: impl Iterator<Item = &'a Key>) {
        let mut all = self.all();
        for key in keys {
            all.young.remove(key);
            all.old.remove(key);
        }
    }

    /// Keeps items that have just been committed, the last of a key counts.
    pub(crate) fn keep(&self, items: impl Iterator<Item = Item>) {
        let mut all = self.all();
        for item in items {
            all.young_bytes += item.body.len() + OVERHEAD;
            all.young.insert(item.key.clone(), Arc::new(item));
            if all.young_bytes > GENERATION_BYTES {
                all.old = std::mem::take(&mut all.young);
                all.young_bytes = 0;
            }
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&self) {
        *self.all() = Generations::default();
    }

    fn all(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(sk: &str, version: u64, bytes: usize) -> Item {
        Item::new(Key::new("P", sk), version, "x".repeat(bytes))
    }

    fn version(recent: &Recent, sk: &str) -> Option<u64> {
        recent.get(&Key::new("P", sk)).map(|item| item.version)
    }

    #[test]
    fn the_last_written_is_found_until_it_is_about_to_change() {
        let recent = Recent::default();
        recent.keep([item("a", 1, 1), item("b", 1, 1), item("a", 2, 1)].into_iter());
        assert_eq!((version(&recent, "a"), version(&recent, "b")), (Some(2), Some(1)));
        recent.forget([&Key::new("P", "a")].into_iter());
        assert_eq!((version(&recent, "a"), version(&recent, "b")), (None, Some(1)));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let recent = Recent::default();
        let half = GENERATION_BYTES / 2;
        for n in 0..6 {
            recent.keep(std::iter::once(item(&n.to_string(), 1, half)));
        }
        let kept: Vec<_> = (0..6).filter(|n| version(&recent, &n.to_string()).is_some()).collect();
        assert_eq!(kept, [4, 5]);
    }
}
