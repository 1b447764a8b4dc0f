//! The key that authenticates page tokens. Whoever answers the API first makes it; all others read it, so
//! that a list begun in one process goes on in any other.

use cutover_core::ids::Scope;
use cutover_ports::table::{Expect, Item, Table, TableError};

use crate::codec::{StoreError, decode, encode};
use crate::key;

/// The key of the scope: the stored one, or `made`, which is stored then.
pub async fn token_key(table: &dyn Table, scope: &Scope, made: [u8; 32]) -> Result<[u8; 32], StoreError> {
    let key = key::token_key(scope);
    if let Some(item) = table.get(&key).await? {
        return decode(&item);
    }
    match table.put_if(Item::new(key.clone(), 1, encode(&made)?), Expect::Absent).await {
        Ok(()) => Ok(made),
        Err(TableError::Condition(_)) => {
            let item = table.get(&key).await?;
            decode(&item.ok_or_else(|| StoreError::Unavailable("the token key is gone again".to_owned()))?)
        }
        Err(error) => Err(error.into()),
    }
}
