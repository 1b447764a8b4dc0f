//! The table: versions, transactions, and indexes that may lag behind.

use std::collections::BTreeMap;

use cutover_core::config::ComputePlatform;
use cutover_core::plan::GroupRef;
use cutover_ports::table::{Expect, Index, Item, Key, Page, Place, Query, Range, TableError, Write};
use cutover_store::group::{GROUP_VERSION, Group};

use crate::fleet::{FIRST_REVISION, Fleet};
use crate::setup::scope;

/// What stands under a key: now, and before the last write, for indexes that have not seen it yet.
#[derive(Default)]
struct Row {
    item: Option<Item>,
    before: Option<Item>,
    at: i64,
}

#[derive(Default)]
pub(crate) struct SimTable {
    rows: BTreeMap<Key, Row>,
    /// For a mutant: conditions on versions hold always.
    pub(crate) careless: bool,
}

impl SimTable {
    /// Puts the group, free.
    pub(crate) fn found_group(&mut self, group_ref: &GroupRef, fleet: Option<&Fleet>) {
        let group = Group {
            last_fleet: None,
            v: GROUP_VERSION,
            id: group_ref.group_id.clone(),
            name: group_ref.group.clone(),
            application_id: group_ref.application_id.clone(),
            platform: if fleet.is_some() { ComputePlatform::Server } else { ComputePlatform::Lambda },
            definition: serde_json::Map::new(),
            active: None,
            last_attempted: None,
            last_successful: None,
            target_revision: fleet.filter(|fleet| fleet.deployed_before).map(|_| FIRST_REVISION.into()),
            last_order: None,
            waited_for: false,
        };
        if let Ok(item) = group.to_item(&scope(), 1) {
            self.rows.insert(item.key.clone(), Row { item: Some(item), before: None, at: 0 });
        }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Item> {
        self.rows.get(key)?.item.as_ref()
    }

    /// What stood under the key before its last write.
    pub(crate) fn before(&self, key: &Key) -> Option<&Item> {
        self.rows.get(key)?.before.as_ref()
    }

    /// Every item.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.rows.values().filter_map(|row| row.item.as_ref())
    }

    /// Whether somebody has yet to be told.
    pub(crate) fn has_something_to_tell(&self) -> bool {
        self.items().any(|item| item.wake.as_ref().is_some_and(|wake| wake.pk.starts_with("NOTICES#")))
    }

    /// All writes or none.
    pub(crate) fn write(&mut self, writes: &[Write], now: i64) -> Result<(), TableError> {
        for (i, write) in writes.iter().enumerate() {
            if writes[..i].iter().any(|other| key_of(other) == key_of(write)) {
                let Key { pk, sk } = key_of(write);
                return Err(TableError::Broken(format!("a transaction writes {pk} {sk} twice")));
            }
        }
        if let Some(at) = writes.iter().position(|write| !self.holds(write)) {
            return Err(TableError::Condition(at));
        }
        for write in writes {
            let row = match write {
                Write::Put { item, .. } => Some(item.clone()),
                Write::Delete { .. } => None,
                Write::Check { .. } => continue,
            };
            let place = self.rows.entry(key_of(write).clone()).or_default();
            place.before = std::mem::replace(&mut place.item, row);
            place.at = now;
        }
        Ok(())
    }

    fn holds(&self, write: &Write) -> bool {
        let (Write::Put { expect, .. } | Write::Delete { expect, .. } | Write::Check { expect, .. }) = write;
        let found = self.get(key_of(write)).map(|item| item.version);
        match expect {
            Expect::Absent => found.is_none(),
            Expect::Version(_) if self.careless => true,
            Expect::Version(version) => found == Some(*version),
            Expect::Anything => true,
        }
    }

    /// A page of an index as it was `lag` ago for rows written since.
    pub(crate) fn query(&self, query: &Query, now: i64, lag: i64) -> Page {
        let mut found: Vec<(String, &Item)> = Vec::new();
        let lag = if query.index == Index::Main { 0 } else { lag };
        for item in self.rows.values().filter_map(|row| row.seen(now, lag)) {
            let place = match query.index {
                Index::Main => Some(&item.key),
                Index::Gsi1 => item.gsi1.as_ref(),
                Index::Gsi2 => item.gsi2.as_ref(),
            };
            let Some(place) = place.filter(|p| p.pk == query.pk) else { continue };
            let inside = match &query.range {
                Range::All => true,
                Range::Prefix(prefix) => place.sk.starts_with(prefix.as_str()),
                Range::Between(from, to) => (from..=to).contains(&&place.sk),
            };
            if inside {
                found.push((place.sk.clone(), item));
            }
        }
        found.sort_by(|a, b| (&a.0, &a.1.key).cmp(&(&b.0, &b.1.key)));
        if query.descending {
            found.reverse();
        }
        if let Some(after) = &query.after
            && let Some(at) = found.iter().position(|(sk, item)| *sk == after.sk && item.key == after.key)
        {
            found.drain(..=at);
        }
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        let next = match found.last() {
            Some((sk, item)) if more => Some(Place { sk: sk.clone(), key: item.key.clone() }),
            _ => None,
        };
        Page { items: found.into_iter().map(|(_, item)| item.clone()).collect(), next }
    }

    /// Keys of the wake index that are due.
    pub(crate) fn due(&self, pk: &str, until: &str, limit: usize, now: i64, lag: i64) -> Vec<Key> {
        let mut found: Vec<(&str, &Key)> = Vec::new();
        for item in self.rows.values().filter_map(|row| row.seen(now, lag)) {
            if let Some(wake) = item.wake.as_ref().filter(|w| w.pk == pk && w.sk.as_str() <= until) {
                found.push((&wake.sk, &item.key));
            }
        }
        found.sort_unstable();
        found.into_iter().take(limit).map(|(_, key)| key.clone()).collect()
    }
}

impl Row {
    fn seen(&self, now: i64, lag: i64) -> Option<&Item> {
        if now - self.at < lag { self.before.as_ref() } else { self.item.as_ref() }
    }
}

pub(crate) fn key_of(write: &Write) -> &Key {
    match write {
        Write::Put { item, .. } => &item.key,
        Write::Delete { key, .. } | Write::Check { key, .. } => key,
    }
}
