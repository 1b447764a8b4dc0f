//! The table in memory: the small reference implementation.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cutover_ports::table::{Expect, Index, Item, Key, Page, Place, Query, Range, Table, TableError, Write};

use crate::rules::{self, PAGE_BYTES, Span};

/// A table that is gone with the process.
#[derive(Debug, Default)]
pub struct MemoryTable {
    rows: Mutex<Rows>,
}

/// An item's key in an index, then its primary key.
type Entry = (Key, Key);

#[derive(Debug, Default)]
struct Rows {
    items: BTreeMap<Key, Item>,
    main: BTreeSet<Entry>,
    gsi1: BTreeSet<Entry>,
    gsi2: BTreeSet<Entry>,
    wake: BTreeSet<Entry>,
}

impl MemoryTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every item, by key: for tests that look at all of it.
    pub fn dump(&self) -> Vec<Item> {
        self.rows().items.values().cloned().collect()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        rules::check_key(key)?;
        Ok(self.rows().items.get(key).cloned())
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        rules::check_keys(keys)?;
        let rows = self.rows();
        Ok(keys.iter().filter_map(|key| rows.items.get(key).cloned()).collect())
    }

    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        self.transact(vec![Write::Put { item, expect }]).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        rules::check_writes(&writes)?;
        let mut rows = self.rows();
        if let Some(at) = writes.iter().position(|write| !rows.holds(write)) {
            return Err(TableError::Condition(at));
        }
        for write in writes {
            match write {
                Write::Put { item, .. } => rows.put(item),
                Write::Delete { key, .. } => rows.remove(&key),
                Write::Check { .. } => {}
            }
        }
        Ok(())
    }

    async fn query(&self, query: Query) -> Result<Page, TableError> {
        rules::check_query(&query)?;
        Ok(self.rows().page(&query))
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        let range = Range::Between(String::new(), until.to_owned());
        let (low, high) = bounds(wake_pk, &Span::of(&range));
        let rows = self.rows();
        Ok(between(&rows.wake, low, high).take(limit).map(|(_, key)| key.clone()).collect())
    }
}

impl Rows {
    fn holds(&self, write: &Write) -> bool {
        let (Write::Put { expect, .. } | Write::Delete { expect, .. } | Write::Check { expect, .. }) = write;
        let found = self.items.get(rules::write_key(write)).map(|item| item.version);
        match expect {
            Expect::Absent => found.is_none(),
            Expect::Version(version) => found == Some(*version),
            Expect::Anything => true,
        }
    }

    fn put(&mut self, item: Item) {
        self.remove(&item.key);
        for (index, key) in self.places_of(&item) {
            index.insert((key, item.key.clone()));
        }
        self.items.insert(item.key.clone(), item);
    }

    fn remove(&mut self, key: &Key) {
        let Some(item) = self.items.remove(key) else { return };
        for (index, key) in self.places_of(&item) {
            index.remove(&(key, item.key.clone()));
        }
    }

    fn places_of(&mut self, item: &Item) -> impl Iterator<Item = (&mut BTreeSet<Entry>, Key)> {
        [
            (&mut self.main, Some(item.key.clone())),
            (&mut self.gsi1, item.gsi1.clone()),
            (&mut self.gsi2, item.gsi2.clone()),
            (&mut self.wake, item.wake.clone()),
        ]
        .into_iter()
        .filter_map(|(index, key)| Some((index, key?)))
    }

    fn page(&self, query: &Query) -> Page {
        let index = match query.index {
            Index::Main => &self.main,
            Index::Gsi1 => &self.gsi1,
            Index::Gsi2 => &self.gsi2,
        };
        let (mut low, mut high) = bounds(&query.pk, &Span::of(&query.range));
        if let Some(Place { sk, key }) = &query.after {
            let after = Bound::Excluded((Key::new(&query.pk, sk), key.clone()));
            if query.descending { high = after } else { low = after }
        }
        let found = between(index, low, high);
        let mut found: Box<dyn Iterator<Item = &Entry>> =
            if query.descending { Box::new(found.rev()) } else { Box::new(found) };
        let (mut page, mut bytes, mut last) = (Page::default(), 0, None);
        while page.items.len() < query.limit && bytes < PAGE_BYTES {
            let Some(entry) = found.next() else { return page };
            let item = &self.items[&entry.1];
            bytes += rules::item_bytes(item);
            page.items.push(item.clone());
            last = Some(entry);
        }
        if found.next().is_some() {
            page.next = last.map(|(at, key)| Place { sk: at.sk.clone(), key: key.clone() });
        }
        page
    }
}

/// The entries of partition `pk` whose sort keys lie in `span`.
fn bounds(pk: &str, span: &Span) -> (Bound<Entry>, Bound<Entry>) {
    let least = |pk: String, sk: String| (Key { pk, sk }, Key::new("", ""));
    let high = match &span.to {
        Some(to) => least(pk.to_owned(), to.clone()),
        None => least(rules::right_after(pk), String::new()),
    };
    (Bound::Included(least(pk.to_owned(), span.from.clone())), Bound::Excluded(high))
}

/// Like `range`, and empty instead of a panic where the bounds have crossed.
fn between(
    index: &BTreeSet<Entry>,
    low: Bound<Entry>,
    high: Bound<Entry>,
) -> impl DoubleEndedIterator<Item = &Entry> {
    let crossed = match (&low, &high) {
        (Bound::Included(low) | Bound::Excluded(low), Bound::Excluded(high)) => low >= high,
        _ => false,
    };
    (!crossed).then(|| index.range((low, high))).into_iter().flatten()
}
