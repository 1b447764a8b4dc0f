//! The one table: DynamoDB's own subset, so that DynamoDB, SQLite and memory share every codec.

use async_trait::async_trait;

/// A primary key. Both parts are non-empty text; order within `pk` is the byte order of `sk`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Place in the partition.
    pub sk: String,
}

impl Key {
    /// A key of these parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }
}

/// An item. `body` is JSON that only the codecs read; the rest is for keys and indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its key.
    pub key: Key,
    /// Chosen by the writer; conditions compare it.
    pub version: u64,
    /// JSON text, at most 400 KB with all the rest.
    pub body: String,
    /// Its key in the first index, if it is in it.
    pub gsi1: Option<Key>,
    /// Its key in the second index, if it is in it.
    pub gsi2: Option<Key>,
    /// Its key in the wake index, if a timer runs.
    pub wake: Option<Key>,
    /// When it may be forgotten, in seconds since the Unix epoch.
    pub expires_at: Option<i64>,
}

impl Item {
    /// An item in no index.
    pub fn new(key: Key, version: u64, body: String) -> Self {
        Self { key, version, body, gsi1: None, gsi2: None, wake: None, expires_at: None }
    }

    /// Its sort key in that index, if it is in it.
    fn sort_key(self, index: Index) -> Option<String> {
        let key = match index {
            Index::Main => Some(self.key),
            Index::Gsi1 => self.gsi1,
            Index::Gsi2 => self.gsi2,
        };
        key.map(|key| key.sk)
    }
}

/// What must hold for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// No item has the key.
    Absent,
    /// The item has this version.
    Version(u64),
    /// Nothing: last writer wins.
    Anything,
}

/// One write of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Puts the whole item.
    Put {
        /// The item.
        item: Item,
        /// Its condition.
        expect: Expect,
    },
    /// Deletes the item; with [`Expect::Anything`] a missing one is fine.
    Delete {
        /// Which.
        key: Key,
        /// Its condition.
        expect: Expect,
    },
    /// Changes nothing, only demands.
    Check {
        /// Which.
        key: Key,
        /// The demand.
        expect: Expect,
    },
}

/// Where to query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Index {
    /// By primary key.
    Main,
    /// By `gsi1`. Eventually consistent.
    Gsi1,
    /// By `gsi2`. Eventually consistent.
    Gsi2,
}

/// Which part of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    /// All of it.
    All,
    /// Sort keys that begin so.
    Prefix(String),
    /// Sort keys between, both ends included.
    Between(String, String),
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Where.
    pub index: Index,
    /// The partition (of the index).
    pub pk: String,
    /// The part of it.
    pub range: Range,
    /// Last first.
    pub descending: bool,
    /// At most so many, 1..=1000.
    pub limit: usize,
    /// Go on after this place of an earlier page.
    pub after: Option<Place>,
}

/// A place in an index: the item's key there and its primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Sort key in the queried index.
    pub sk: String,
    /// Primary key.
    pub key: Key,
}

/// A page of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<Place>,
}

/// The sort keys of a page of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SortKeys {
    /// Those of the items in the queried index.
    pub found: Vec<String>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<Place>,
}

/// A failed table call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A condition did not hold: the place in the transaction, 0 for a single write.
    #[error("condition {0} did not hold")]
    Condition(usize),
    /// Another transaction was at it: the same call may succeed now.
    #[error("another transaction was at the same items")]
    Contended,
    /// It may pass: throttling, timeout, lost answer. The write may or may not have happened.
    #[error("reach the table: {0}")]
    Unavailable(String),
    /// It will not pass: permission, too large, disk full, corrupt file.
    #[error("use the table: {0}")]
    Broken(String),
}

/// The table. Reads are strongly consistent except through an index.
#[async_trait]
pub trait Table: Send + Sync {
    /// The item of that key.
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError>;

    /// The items of those keys that exist, in any order; at most 100 keys.
    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError>;

    /// Puts an item if the condition holds, else [`TableError::Condition`]`(0)`.
    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError>;

    /// All of 1..=100 writes on distinct keys, or none.
    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError>;

    /// A page of an index.
    async fn query(&self, query: Query) -> Result<Page, TableError>;

    /// The sort keys of a page of an index, for those who need no more: the items are not read where that can
    /// be helped. A page may end elsewhere than that of [`query`](Self::query).
    async fn sort_keys(&self, query: Query) -> Result<SortKeys, TableError> {
        let index = query.index;
        let Page { items, next } = self.query(query).await?;
        Ok(SortKeys { found: items.into_iter().filter_map(|item| item.sort_key(index)).collect(), next })
    }

    /// Keys of up to `limit` items of this partition of the wake index whose sort key is at most `until`,
    /// earliest first. Eventually consistent.
    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError>;
}
