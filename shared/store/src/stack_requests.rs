//! What CloudFormation asked for a stack, by the id of its request: Lambda may deliver it again, minutes later, when the
//! stack is at something else by then.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | request of a stack | `S/STACK` | `REQ#id` | its answer, once; forgotten after 2 days | 300 B |

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of [`StackRequest`].
pub const STACK_REQUEST_VERSION: u16 = 1;
/// How long one is remembered: Lambda gives an event up after six hours.
const KEPT_SECS: i64 = 2 * 86_400;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackRequest {
    /// [`STACK_REQUEST_VERSION`].
    pub v: u16,
    /// Its id.
    pub id: String,
    /// Whether it is part of a rollback, as the stack's status told when it was first seen.
    pub back: bool,
    /// When it was first seen.
    pub seen_at: Timestamp,
    /// How it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<StackAnswer>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackAnswer {
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The deployment that it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
}

/// Notes a request that is seen for the first time; gives what was noted of it, by whomever.
pub async fn note(
    table: &dyn Table,
    scope: &Scope,
    request: StackRequest,
) -> Result<StackRequest, StoreError> {
    match table.put_if(item(scope, &request, 1)?, Expect::Absent).await {
        Ok(()) => Ok(request),
        Err(TableError::Condition(_)) => {
            let found = find(table, scope, &request.id).await?;
            found.ok_or_else(|| StoreError::Unavailable("the request is forgotten already".to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The request of that id, if it was seen.
pub async fn find(table: &dyn Table, scope: &Scope, id: &str) -> Result<Option<StackRequest>, StoreError> {
    let Some(item) = table.get(&key::stack_request(scope, id)).await? else { return Ok(None) };
    let request: StackRequest = decode(&item)?;
    known(&item, request.v, STACK_REQUEST_VERSION)?;
    Ok(Some(request))
}

/// Notes the answer to a request; whoever answered first is right, and that answer is given.
pub async fn answer(
    table: &dyn Table,
    scope: &Scope,
    request: &StackRequest,
    answer: StackAnswer,
) -> Result<StackAnswer, StoreError> {
    let answered = StackRequest { answer: Some(answer.clone()), ..request.clone() };
    match table.put_if(item(scope, &answered, 2)?, Expect::Version(1)).await {
        Ok(()) => Ok(answer),
        Err(TableError::Condition(_)) => {
            let found = find(table, scope, &request.id).await?;
            Ok(found.and_then(|found| found.answer).unwrap_or(answer))
        }
        Err(error) => Err(error.into()),
    }
}

fn item(scope: &Scope, request: &StackRequest, version: u64) -> Result<Item, StoreError> {
    let mut item = Item::new(key::stack_request(scope, &request.id), version, encode(request)?);
    item.expires_at = Some(request.seen_at.as_millis() / 1000 + KEPT_SECS);
    Ok(item)
}
