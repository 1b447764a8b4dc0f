//! Audit records: who wanted to change what, and what became of it.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | audit record | `S/AUDIT#2026-11-21` | `instant#request id` | once: its outcome | 400 B |
//!
//! The body is an [`AuditRecord`] as JSON. It is put before the call does anything and again when its outcome
//! is known; one without an outcome is of a service that ended in between. Forgotten after [`KEPT_MS`].

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Index, Item, Place, Query, Range, Table, TableError};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;
use crate::lists::Listed;

/// The stored version of [`AuditRecord`].
pub const AUDIT_VERSION: u16 = 1;
/// How long a record is kept.
pub const KEPT_MS: u64 = 90 * 86_400_000;
/// Tries to find a free place among records of the same millisecond and request.
const TRIES: usize = 16;

/// A call that was to change something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// [`AUDIT_VERSION`].
    pub v: u16,
    /// When it came.
    pub at: Timestamp,
    /// Who.
    pub principal: String,
    /// The operation's name.
    pub operation: String,
    /// What it is about, as far as the request names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The request's id, as in the log and in the answer.
    pub request_id: String,
    /// The address that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was done; with the id of what it made, if that has one.
    Succeeded(Option<String>),
    /// It was refused with this error.
    Refused(String),
    /// The service failed with this error; part of it may be done.
    Failed(String),
}

impl AuditRecord {
    fn to_item(&self, scope: &Scope, version: u64) -> Result<Item, StoreError> {
        let mut item = Item::new(key::audit(scope, self.at, &self.request_id), version, encode(self)?);
        item.expires_at = Some(self.at.plus_ms(KEPT_MS).as_millis() / 1000);
        Ok(item)
    }
}

/// Stores a new record; gives it as stored: moved by milliseconds if its place was taken.
pub async fn put(
    table: &dyn Table,
    scope: &Scope,
    mut record: AuditRecord,
) -> Result<AuditRecord, StoreError> {
    for _ in 0..TRIES {
        match table.put_if(record.to_item(scope, 1)?, Expect::Absent).await {
            Err(TableError::Condition(_)) => record.at = record.at.plus_ms(1),
            result => return Ok(result.map(|()| record)?),
        }
    }
    Err(StoreError::Unavailable("too many requests came under one request id".to_owned()))
}

/// Stores the outcome of a record.
pub async fn close(table: &dyn Table, scope: &Scope, record: &AuditRecord) -> Result<(), StoreError> {
    Ok(table.put_if(record.to_item(scope, 2)?, Expect::Version(1)).await?)
}

/// A page of the records of one day (counted from 1970-01-01) between two instants, newest first.
pub async fn page(
    table: &dyn Table,
    scope: &Scope,
    day: i64,
    (from, to): (Timestamp, Timestamp),
    after: Option<Place>,
    limit: usize,
) -> Result<Listed<AuditRecord>, StoreError> {
    let query = Query {
        index: Index::Main,
        pk: key::audit_pk(scope, Timestamp::from_millis(day * DAY_MS)),
        range: Range::Between(key::instant(from), format!("{}#~", key::instant(to))),
        descending: true,
        limit,
        after,
    };
    let page = table.query(query).await?;
    let read = |item: &Item| -> Result<AuditRecord, StoreError> {
        let found: AuditRecord = decode(item)?;
        known(item, found.v, AUDIT_VERSION)?;
        Ok(found)
    };
    Ok(Listed { found: page.items.iter().map(read).collect::<Result<_, _>>()?, next: page.next })
}

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;
