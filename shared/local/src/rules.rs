//! What DynamoDB would refuse is refused here too, so that nobody finds out only in the cloud.

use std::collections::HashSet;

use cutover_ports::table::{Item, Key, Query, Range, TableError, Write};

/// The largest item, all its parts counted.
const MAX_ITEM_BYTES: usize = 400 * 1024;
/// The largest transaction.
const MAX_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;
/// A query's page ends once it holds so much.
pub(crate) const PAGE_BYTES: usize = 1024 * 1024;
const MAX_KEYS: usize = 100;
const MAX_LIMIT: usize = 1000;

/// A half-open span of sort keys: `from` included, `to` not; without `to` it reaches to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: String,
    pub(crate) to: Option<String>,
}

impl Span {
    pub(crate) fn of(range: &Range) -> Self {
        match range {
            Range::All => Self { from: String::new(), to: None },
            Range::Prefix(prefix) => Self { from: prefix.clone(), to: after_prefix(prefix) },
            Range::Between(from, to) => Self { from: from.clone(), to: Some(right_after(to)) },
        }
    }
}

/// The least text above `text`, in byte order.
pub(crate) fn right_after(text: &str) -> String {
    format!("{text}\0")
}

/// The least text above all that begin with `prefix`. The byte order of UTF-8 is that of code points.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut rest = prefix.to_owned();
    while let Some(last) = rest.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            rest.push(next);
            return Some(rest);
        }
    }
    None
}

pub(crate) fn check_item(item: &Item) -> Result<(), TableError> {
    check_key(&item.key)?;
    for key in [&item.gsi1, &item.gsi2, &item.wake].into_iter().flatten() {
        check_key(key)?;
    }
    let bytes = item_bytes(item);
    if bytes > MAX_ITEM_BYTES {
        return refuse(format!(
            "item {} {} has {bytes} bytes; at most {MAX_ITEM_BYTES} fit",
            item.key.pk, item.key.sk
        ));
    }
    Ok(())
}

pub(crate) fn check_writes(writes: &[Write]) -> Result<(), TableError> {
    if writes.is_empty() || writes.len() > MAX_KEYS {
        return refuse(format!("a transaction has 1 to {MAX_KEYS} writes, not {}", writes.len()));
    }
    let mut seen = HashSet::with_capacity(writes.len());
    let mut bytes = 0;
    for write in writes {
        match write {
            Write::Put { item, .. } => {
                check_item(item)?;
                bytes += item_bytes(item);
            }
            Write::Delete { key, .. } | Write::Check { key, .. } => check_key(key)?,
        }
        if !seen.insert(write_key(write)) {
            let Key { pk, sk } = write_key(write);
            return refuse(format!("a transaction writes {pk} {sk} twice"));
        }
    }
    if bytes > MAX_TRANSACTION_BYTES {
        return refuse(format!("a transaction has {bytes} bytes; at most {MAX_TRANSACTION_BYTES} fit"));
    }
    Ok(())
}

pub(crate) fn check_keys(keys: &[Key]) -> Result<(), TableError> {
    if keys.len() > MAX_KEYS {
        return refuse(format!("at most {MAX_KEYS} keys are read at once, not {}", keys.len()));
    }
    let mut seen = HashSet::with_capacity(keys.len());
    for key in keys {
        check_key(key)?;
        if !seen.insert(key) {
            return refuse(format!("{} {} is read twice at once", key.pk, key.sk));
        }
    }
    Ok(())
}

pub(crate) fn check_query(query: &Query) -> Result<(), TableError> {
    if query.pk.is_empty() {
        return refuse("a query needs a partition".to_owned());
    }
    if !(1..=MAX_LIMIT).contains(&query.limit) {
        return refuse(format!("a query's limit is 1 to {MAX_LIMIT}, not {}", query.limit));
    }
    match &query.range {
        Range::Between(from, to) if from > to => {
            refuse(format!("a query between {from:?} and {to:?} is the wrong way round"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn check_key(key: &Key) -> Result<(), TableError> {
    if key.pk.is_empty() || key.sk.is_empty() {
        return refuse("both parts of a key must have text".to_owned());
    }
    Ok(())
}

/// The key that a write is about.
pub(crate) fn write_key(write: &Write) -> &Key {
    match write {
        Write::Put { item, .. } => &item.key,
        Write::Delete { key, .. } | Write::Check { key, .. } => key,
    }
}

/// How much of a page an item takes.
pub(crate) fn item_bytes(item: &Item) -> usize {
    let keys = [Some(&item.key), item.gsi1.as_ref(), item.gsi2.as_ref(), item.wake.as_ref()];
    let keys: usize = keys.into_iter().flatten().map(|key| key.pk.len() + key.sk.len()).sum();
    keys + item.body.len() + 16
}

fn refuse<T>(why: String) -> Result<T, TableError> {
    Err(TableError::Broken(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_right_before_the_next_text() {
        for (prefix, end) in [
            ("a", Some("b")),
            ("a\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("", None),
            ("\u{10ffff}", None),
        ] {
            assert_eq!(after_prefix(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
