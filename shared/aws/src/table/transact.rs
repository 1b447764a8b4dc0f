//! All or nothing.
//!
//! The SDK gives every call a random client token and repeats it with a second attempt, so an attempt
//! whose answer was lost is not met by the next one as somebody else's. The token must not be derived from
//! the writes: the same writes may rightly come again within the ten minutes that DynamoDB remembers it.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem};
use cutover_ports::table::{Expect, TableError, Write};

use super::item::{self, Condition};
use super::{DynamoTable, table_error};
use crate::error::Fault;

pub(super) async fn write(table: &DynamoTable, writes: &[Write]) -> Result<(), TableError> {
    // A check that demands nothing cannot be spelt; the others keep their places.
    let asked = writes
        .iter()
        .enumerate()
        .filter(|(_, write)| !matches!(write, Write::Check { expect: Expect::Anything, .. }));
    let (places, asked): (Vec<usize>, Vec<&Write>) = asked.unzip();
    if asked.is_empty() {
        return Ok(());
    }
    let items = asked.into_iter().map(|write| spell(&table.name, write)).collect::<Result<Vec<_>, _>>();
    let items = items.map_err(|error| TableError::Broken(error.to_string()))?;
    let request = table.client().await.transact_write_items().set_transact_items(Some(items));
    let Err(error) = request.send().await else {
        return Ok(());
    };
    let fault = Fault::of(&error);
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons().iter();
            let reasons = reasons.map(|reason| reason.code().unwrap_or("None"));
            Err(cancelled_by(&reasons.collect::<Vec<_>>(), &places, fault.message))
        }
        _ => Err(table_error(fault)),
    }
}

fn spell(table: &str, write: &Write) -> Result<TransactWriteItem, BuildError> {
    let whole = TransactWriteItem::builder();
    Ok(match write {
        Write::Put { item, expect } => {
            let condition = Condition::of(*expect);
            let put = Put::builder()
                .table_name(table)
                .set_item(Some(item::encode(item)))
                .set_condition_expression(condition.expression)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values);
            whole.put(put.build()?).build()
        }
        Write::Delete { key, expect } => {
            let condition = Condition::of(*expect);
            let delete = Delete::builder()
                .table_name(table)
                .set_key(Some(item::primary(key)))
                .set_condition_expression(condition.expression)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values);
            whole.delete(delete.build()?).build()
        }
        Write::Check { key, expect } => {
            let condition = Condition::of(*expect);
            let check = ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(item::primary(key)))
                .set_condition_expression(condition.expression)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values);
            whole.condition_check(check.build()?).build()
        }
    })
}

/// What the reasons of a cancelled transaction come to. A condition that did not hold is news that no
/// repetition changes, so it goes first; what can never pass goes before a conflict, which would only be repeated in vain.
fn cancelled_by(reasons: &[&str], places: &[usize], message: String) -> TableError {
    let first = |wanted: &[&str]| reasons.iter().position(|code| wanted.contains(code));
    if let Some(at) = first(&["ConditionalCheckFailed"]) {
        return TableError::Condition(places.get(at).copied().unwrap_or(at));
    }
    if first(&["ItemCollectionSizeLimitExceeded", "ValidationError", "AccessDenied"]).is_some() {
        return TableError::Broken(message);
    }
    if first(&["TransactionConflict"]).is_some() {
        return TableError::Contended;
    }
    TableError::Unavailable(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sorted() {
        let words = || "why".to_owned();
        for (reasons, error) in [
            (&["None", "ConditionalCheckFailed", "ConditionalCheckFailed"][..], TableError::Condition(2)),
            (&["TransactionConflict", "None", "ConditionalCheckFailed"], TableError::Condition(3)),
            (&["None", "TransactionConflict"], TableError::Contended),
            (&["ThrottlingError", "TransactionConflict"], TableError::Contended),
            (&["ThrottlingError"], TableError::Unavailable(words())),
            (&["ProvisionedThroughputExceeded"], TableError::Unavailable(words())),
            (&[], TableError::Unavailable(words())),
            (&["TransactionConflict", "ValidationError"], TableError::Broken(words())),
            (&["ItemCollectionSizeLimitExceeded"], TableError::Broken(words())),
        ] {
            // The check at place 1 demanded nothing and was not sent.
            assert_eq!(cancelled_by(reasons, &[0, 2, 3], words()), error, "{reasons:?}");
        }
    }
}
