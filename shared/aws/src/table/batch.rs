//! Reading many items at once.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use cutover_ports::table::{Item, Key, TableError};

use super::{Attributes, DynamoTable, item, table_error};
use crate::error::Fault;

/// Requests for what is still unread; waits of 50 ms to 1.6 s lie between them.
const ROUNDS: u32 = 7;

/// DynamoDB answers with what fits in 16 MB and in the table's throughput, and names the rest.
pub(super) async fn get(table: &DynamoTable, keys: &[Key]) -> Result<Vec<Item>, TableError> {
    // The same key twice would be refused.
    let mut rest: Vec<Attributes> =
        keys.iter().collect::<BTreeSet<_>>().into_iter().map(item::primary).collect();
    let mut items = Vec::with_capacity(rest.len());
    for round in 0..ROUNDS {
        if rest.is_empty() {
            return Ok(items);
        }
        if round > 0 {
            tokio::time::sleep(Duration::from_millis(25 << round)).await;
        }
        let wanted = KeysAndAttributes::builder().set_keys(Some(rest)).consistent_read(true).build();
        let wanted = wanted.map_err(|error| TableError::Broken(error.to_string()))?;
        let request = table.client().await.batch_get_item().request_items(&table.name, wanted);
        let answer = request.send().await.map_err(|error| table_error(Fault::of(&error)))?;
        for attributes in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
            items.push(item::decode(&attributes)?);
        }
        let unread = answer.unprocessed_keys.unwrap_or_default().into_values();
        rest = unread.flat_map(|keys| keys.keys).collect();
    }
    match rest.len() {
        0 => Ok(items),
        left => Err(TableError::Unavailable(format!("{left} of {} items stayed unread", keys.len()))),
    }
}
