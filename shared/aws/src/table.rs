//! The table on DynamoDB.
//!
//! | index | name | keys | holds |
//! |---|---|---|---|
//! | main | | `pk`, `sk` | everything |
//! | first | `gsi1` | `g1pk`, `g1sk` | whole items |
//! | second | `gsi2` | `g2pk`, `g2sk` | whole items |
//! | wake | `wake` | `wpk`, `wsk` | keys only |
//!
//! All of these are text. An item has `version` (number) and `body` (text) besides, and `expires_at`
//! (number, the table's TTL attribute) if it may be forgotten. An index key that is absent keeps the item
//! out of the index.

mod batch;
pub(crate) mod item;
mod query;
mod transact;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use cutover_ports::table::{Expect, Item, Key, Page, Query, SortKeys, Table, TableError, Write};

use crate::attempts::Attempts;
use crate::error::{Fault, Remedy};
use crate::sdk::{Sdk, within};

/// An item as DynamoDB spells it.
type Attributes = HashMap<String, AttributeValue>;

/// One DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoTable {
    pub(crate) sdk: Sdk,
    pub(crate) name: String,
}

impl DynamoTable {
    /// The table of that name. Nothing is called before the first use.
    pub fn new(sdk: Sdk, name: impl Into<String>) -> Self {
        Self { sdk, name: name.into() }
    }

    /// From the environment: the table's name stands in `CUTOVER_TABLE`; `None` without it.
    pub fn from_env(sdk: Sdk) -> Option<Self> {
        crate::sdk::variable("CUTOVER_TABLE").map(|name| Self::new(sdk, name))
    }

    pub(crate) async fn client(&self) -> &Client {
        self.sdk.dynamodb().await
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let request = self.client().await.get_item().table_name(&self.name).consistent_read(true);
        let answer = request.set_key(Some(item::primary(key))).send().await;
        let answer = answer.map_err(|error| table_error(Fault::of(&error)))?;
        answer.item.as_ref().map(item::decode).transpose()
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        within(batch::get(self, keys)).await.unwrap_or_else(too_slow)
    }

    /// A put whose answer was lost is sent again and then meets its own first attempt. That is told from
    /// a conflict by what is stored: exactly our item. (Two writers of the same bytes at the same version
    /// wrote the same thing.)
    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        let attempts = Attempts::default();
        let condition = item::Condition::of(expect);
        let request = self
            .client()
            .await
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item::encode(&item)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_condition_expression(condition.expression)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values);
        let Err(error) = request.customize().interceptor(attempts.clone()).send().await else {
            return Ok(());
        };
        if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            let stored = || failed.item().and_then(|stored| item::decode(stored).ok());
            let ours = attempts.repeated() && stored().as_ref() == Some(&item);
            return if ours { Ok(()) } else { Err(TableError::Condition(0)) };
        }
        Err(table_error(Fault::of(&error)))
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        transact::write(self, &writes).await
    }

    /// A page may be shorter than `limit` (DynamoDB ends it at 1 MB), and the last page may be empty: who
    /// wants everything goes on while there is a `next`.
    async fn query(&self, query: Query) -> Result<Page, TableError> {
        query::page(self, query).await
    }

    async fn sort_keys(&self, query: Query) -> Result<SortKeys, TableError> {
        query::sort_keys(self, query).await
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        query::due(self, wake_pk, until, limit).await
    }
}

/// A failed call of anything but a transaction.
fn table_error(fault: Fault) -> TableError {
    match fault.code.as_deref() {
        Some("ConditionalCheckFailedException") => TableError::Condition(0),
        Some("TransactionConflictException") => TableError::Contended,
        _ if fault.remedy == Remedy::None => TableError::Broken(fault.message),
        _ => TableError::Unavailable(fault.message),
    }
}

fn too_slow<T>() -> Result<T, TableError> {
    Err(TableError::Unavailable("the table did not answer in time".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_sorted_for_the_engine() {
        let fault =
            |code: &str, remedy| Fault { code: Some(code.to_owned()), remedy, message: code.to_owned() };
        for (code, remedy, error) in [
            ("ConditionalCheckFailedException", Remedy::None, TableError::Condition(0)),
            ("TransactionConflictException", Remedy::None, TableError::Contended),
            ("ThrottlingException", Remedy::Again, TableError::Unavailable("ThrottlingException".to_owned())),
            (
                "InternalServerError",
                Remedy::AgainUnknown,
                TableError::Unavailable("InternalServerError".to_owned()),
            ),
            (
                "ResourceNotFoundException",
                Remedy::None,
                TableError::Broken("ResourceNotFoundException".to_owned()),
            ),
        ] {
            assert_eq!(table_error(fault(code, remedy)), error);
        }
    }
}
