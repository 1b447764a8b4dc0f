//! GitHub account tokens, by name.
//!
//! The body says when a token was put and holds it sealed, with a key that is not in the table.

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of a token.
const TOKEN_VERSION: u16 = 1;

#[derive(Serialize, Deserialize)]
struct Body {
    v: u16,
    sealed: String,
    put_at: Timestamp,
}

/// What binds the sealed token of that name to its place in the table.
pub fn sealed_for(scope: &Scope, name: &str) -> String {
    let key = key::git_hub_token(scope, name);
    format!("{}/{}", key.pk, key.sk)
}

/// Whether there is a token of that name.
pub async fn exists(table: &dyn Table, scope: &Scope, name: &str) -> Result<bool, StoreError> {
    Ok(table.get(&key::git_hub_token(scope, name)).await?.is_some())
}

/// The sealed token of that name, if there is one.
pub async fn find(table: &dyn Table, scope: &Scope, name: &str) -> Result<Option<String>, StoreError> {
    let Some(item) = table.get(&key::git_hub_token(scope, name)).await? else { return Ok(None) };
    let body: Body = decode(&item)?;
    known(&item, body.v, TOKEN_VERSION)?;
    Ok(Some(body.sealed))
}

/// Puts a sealed token in the place of the one of that name, if there is one. The last writer wins.
pub async fn put(
    table: &dyn Table,
    scope: &Scope,
    name: &str,
    sealed: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = key::git_hub_token(scope, name);
    // Not the version of the one before, so that whoever is about to delete that one leaves this one alone.
    let version = table.get(&key).await?.map_or(1, |before| before.version + 1);
    let body = encode(&Body { v: TOKEN_VERSION, sealed: sealed.to_owned(), put_at: now })?;
    Ok(table.put_if(Item::new(key, version, body), Expect::Anything).await?)
}

/// Deletes the token of that name; false if there is none.
pub async fn delete(table: &dyn Table, scope: &Scope, name: &str) -> Result<bool, StoreError> {
    let key = key::git_hub_token(scope, name);
    let Some(item) = table.get(&key).await? else { return Ok(false) };
    match table.transact(vec![Write::Delete { key, expect: Expect::Version(item.version) }]).await {
        Ok(()) => Ok(true),
        // Somebody else was faster, or put another one in its place: it is the last writer's.
        Err(TableError::Condition(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
