//! Triggers, by name.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | trigger | `S/CATALOG` | `TRG#name` | create, delete | 0.5–20 KB |
//!
//! The body is a [`Trigger`] as JSON. Its secret is sealed, with a key that is not in the table.

use cutover_core::ids::Scope;
use cutover_core::trigger::rule::{TRIGGER_VERSION, Trigger};
use cutover_ports::table::{Expect, Index, Item, Query, Range, Table, TableError, Write};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// Triggers of a scope.
pub const MOST: usize = 200;

/// What binds the sealed secret of the trigger of that name to its place in the table.
pub fn sealed_for(scope: &Scope, name: &str) -> String {
    let key = key::trigger(scope, name);
    format!("{}/{}", key.pk, key.sk)
}

/// The same for what reads its repository.
pub fn sealed_for_token(scope: &Scope, name: &str) -> String {
    format!("{}/token", sealed_for(scope, name))
}

/// Stores a new trigger; false if there is one of that name.
pub async fn create(table: &dyn Table, scope: &Scope, trigger: &Trigger) -> Result<bool, StoreError> {
    let item = Item::new(key::trigger(scope, &trigger.name), 1, encode(trigger)?);
    match table.put_if(item, Expect::Absent).await {
        Ok(()) => Ok(true),
        Err(TableError::Condition(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The trigger of that name.
pub async fn find(table: &dyn Table, scope: &Scope, name: &str) -> Result<Option<Trigger>, StoreError> {
    table.get(&key::trigger(scope, name)).await?.as_ref().map(read).transpose()
}

/// All triggers of the scope, by name; more than [`MOST`] there are not.
pub async fn all(table: &dyn Table, scope: &Scope) -> Result<Vec<Trigger>, StoreError> {
    let mut query = Query {
        index: Index::Main,
        pk: key::catalog(scope),
        range: Range::Prefix(key::TRIGGER.to_owned()),
        descending: false,
        limit: MOST,
        after: None,
    };
    let mut found = Vec::new();
    loop {
        let page = table.query(query.clone()).await?;
        for item in &page.items {
            found.push(read(item)?);
        }
        match page.next {
            Some(next) if found.len() < MOST => query.after = Some(next),
            _ => return Ok(found),
        }
    }
}

/// Deletes the trigger of that name; false if there is none.
pub async fn delete(table: &dyn Table, scope: &Scope, name: &str) -> Result<bool, StoreError> {
    let key = key::trigger(scope, name);
    if table.get(&key).await?.is_none() {
        return Ok(false);
    }
    table.transact(vec![Write::Delete { key, expect: Expect::Anything }]).await?;
    Ok(true)
}

fn read(item: &Item) -> Result<Trigger, StoreError> {
    let trigger: Trigger = decode(item)?;
    known(item, trigger.v, TRIGGER_VERSION)?;
    Ok(trigger)
}
