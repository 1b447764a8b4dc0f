//! Items written or read lately, so that reading them again costs no SQLite.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_ports::table::{Item, Key};

/// Bytes of items that one generation keeps; there are two.
const GENERATION_BYTES: usize = 8 << 20;
/// What an item costs beside its body: keys, map entry.
const OVERHEAD: usize = 512;

/// The newest versions of items written or read lately. The store is this process's alone, so nobody else can
/// change what is here.
///
/// The writer knows the order: it [forgets](Self::forget) the keys of a transaction before the commit and
/// [keeps](Self::keep) the items after it, before anybody hears of it; [settled](Self::settled) ends both. A
/// reader may [keep what it read](Self::keep_read) only if no transaction began since before its reading. So what
/// is here is never older than an acknowledged write, nor than what SQLite has shown anybody.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Generations>);

/// The young one becomes the old one when it is full, and the old one goes.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, Arc<Item>>,
    old: HashMap<Key, Arc<Item>>,
    young_bytes: usize,
    /// Transactions that have begun.
    begun: u64,
    /// One of them has not ended.
    under_way: bool,
}

/// The moment before a reading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(u64);

impl Recent {
    /// The item, if it was written lately. Its absence says nothing.
    pub(crate) fn get(&self, key: &Key) -> Option<Item> {
        let found = {
            let all = self.all();
            all.young.get(key).or_else(|| all.old.get(key)).cloned()
        };
        found.map(|item| Item::clone(&item))
    }

    /// The moment, for [`keep_read`](Self::keep_read); none while a transaction is under way.
    pub(crate) fn moment(&self) -> Option<Moment> {
        let all = self.all();
        (!all.under_way).then_some(Moment(all.begun))
    }

    /// Keeps what SQLite gave after that moment, if no transaction began since.
    pub(crate) fn keep_read(&self, moment: Moment, item: &Item) {
        let mut all = self.all();
        if !all.under_way && all.begun == moment.0 {
            all.keep(item.clone());
        }
    }

    /// A transaction begins: drops the keys that are about to change.
    pub(crate) fn forget<'a>(&self, keys: impl Iterator<Item = &'a Key>) {
        let mut all = self.all();
        all.begun += 1;
        all.under_way = true;
        for key in keys {
            all.young.remove(key);
            all.old.remove(key);
        }
    }

    /// Keeps items that have just been committed, the last of a key counts.
    pub(crate) fn keep(&self, items: impl Iterator<Item = Item>) {
        let mut all = self.all();
        for item in items {
            all.keep(item);
        }
    }

    /// The transaction has ended, whatever became of it.
    pub(crate) fn settled(&self) {
        self.all().under_way = false;
    }

    /// Drops everything, for what changes without a transaction of its own.
    pub(crate) fn clear(&self) {
        let mut all = self.all();
        all.begun += 1;
        (all.young, all.old, all.young_bytes) = (HashMap::new(), HashMap::new(), 0);
    }

    fn all(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn keep(&mut self, item: Item) {
        self.young_bytes += item.body.len() + OVERHEAD;
        self.young.insert(item.key.clone(), Arc::new(item));
        if self.young_bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
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

    #[test]
    fn what_was_read_is_kept_only_while_nothing_is_written() {
        let recent = Recent::default();
        let read = item("a", 1, 1);
        recent.keep_read(recent.moment().expect("a quiet moment"), &read);
        assert_eq!(version(&recent, "a"), Some(1));

        // Read before a transaction, kept within it or after it: it may be what the transaction replaced.
        let before = recent.moment().expect("a quiet moment");
        recent.forget([&Key::new("P", "a")].into_iter());
        assert!(recent.moment().is_none());
        recent.keep_read(before, &read);
        assert_eq!(version(&recent, "a"), None);
        recent.settled();
        recent.keep_read(before, &read);
        assert_eq!(version(&recent, "a"), None);

        let before = recent.moment().expect("a quiet moment");
        recent.clear();
        recent.keep_read(before, &read);
        assert_eq!(version(&recent, "a"), None);
    }
}
