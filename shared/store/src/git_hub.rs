//! GitHub account tokens, by name.

use cutover_core::ids::Scope;
use cutover_ports::table::{Expect, Table, TableError, Write};

use crate::codec::StoreError;
use crate::key;

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
