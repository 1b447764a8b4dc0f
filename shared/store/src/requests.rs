//! What other services asked for, by the ids of their requests: Lambda may deliver one again, minutes later, when things
//! stand otherwise.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | request of a CloudFormation stack | `S/STACK` | `REQ#id` | its answer, once; forgotten after 2 days | 300 B |
//! | job of a pipeline | `S/PIPELINE` | `REQ#id` | never: put with its answer; forgotten after 2 days | 300 B |

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of [`Request`].
pub const REQUEST_VERSION: u16 = 1;
/// How long one is remembered: Lambda gives an event up after six hours, CodePipeline a job after a day.
const KEPT_SECS: i64 = 2 * 86_400;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// [`REQUEST_VERSION`].
    pub v: u16,
    /// Its id.
    pub id: String,
    /// Of a stack's: whether it is part of a rollback, as the stack's status told when it was first seen.
    #[serde(default)]
    pub back: bool,
    /// When it was first seen.
    pub seen_at: Timestamp,
    /// How it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What kind of failure that is, in the words of whoever asked, if they have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The deployment that it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
}

impl Answer {
    /// It led to that deployment, or to none.
    pub fn done(deployment: Option<String>) -> Self {
        Self { failed: None, kind: None, deployment }
    }

    /// It failed.
    pub fn failed(why: impl Into<String>) -> Self {
        Self { failed: Some(why.into()), kind: None, deployment: None }
    }
}

/// The requests of one who asks.
#[derive(Clone, Copy)]
pub struct Requests<'a> {
    table: &'a dyn Table,
    scope: &'a Scope,
    asker: &'static str,
}

impl<'a> Requests<'a> {
    /// CloudFormation's.
    pub fn of_stacks(table: &'a dyn Table, scope: &'a Scope) -> Self {
        Self { table, scope, asker: "STACK" }
    }

    /// CodePipeline's.
    pub fn of_pipelines(table: &'a dyn Table, scope: &'a Scope) -> Self {
        Self { table, scope, asker: "PIPELINE" }
    }

    /// Notes a request that is seen for the first time; gives what was noted of it, by whomever.
    pub async fn note(self, request: Request) -> Result<Request, StoreError> {
        match self.table.put_if(self.item(&request, 1)?, Expect::Absent).await {
            Ok(()) => Ok(request),
            Err(TableError::Condition(_)) => {
                let found = self.find(&request.id).await?;
                found.ok_or_else(|| StoreError::Unavailable("the request is forgotten already".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The write that notes a request in the transaction that answers it.
    pub fn first(self, request: &Request) -> Result<Write, StoreError> {
        Ok(Write::Put { item: self.item(request, 1)?, expect: Expect::Absent })
    }

    /// The request of that id, if it was seen.
    pub async fn find(self, id: &str) -> Result<Option<Request>, StoreError> {
        let Some(item) = self.table.get(&key::request(self.scope, self.asker, id)).await? else {
            return Ok(None);
        };
        let request: Request = decode(&item)?;
        known(&item, request.v, REQUEST_VERSION)?;
        Ok(Some(request))
    }

    /// Notes the answer to a request; whoever answered first is right, and that answer is given.
    pub async fn answer(self, request: &Request, answer: Answer) -> Result<Answer, StoreError> {
        let answered = Request { answer: Some(answer.clone()), ..request.clone() };
        match self.table.put_if(self.item(&answered, 2)?, Expect::Version(1)).await {
            Ok(()) => Ok(answer),
            Err(TableError::Condition(_)) => {
                let found = self.find(&request.id).await?;
                Ok(found.and_then(|found| found.answer).unwrap_or(answer))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn item(self, request: &Request, version: u64) -> Result<Item, StoreError> {
        let mut item =
            Item::new(key::request(self.scope, self.asker, &request.id), version, encode(request)?);
        item.expires_at = Some(request.seen_at.as_millis() / 1000 + KEPT_SECS);
        Ok(item)
    }
}
