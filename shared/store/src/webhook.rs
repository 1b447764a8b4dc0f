//! Webhooks, by name. Address and secret are sealed with a key that is not in the table, where there is one: addresses
//! of chat rooms are secrets, too.

use std::sync::Arc;

use cutover_core::audience::Told;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::call::CallError;
use cutover_ports::secrets::Sealer;
use cutover_ports::table::{Expect, Index, Item, Query, Range, Table, TableError, Write};
use cutover_wire::notice::webhook::Format;
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of [`Webhook`].
pub const WEBHOOK_VERSION: u16 = 1;
/// The most webhooks of an account and region: all are told at the same time.
pub const MOST: usize = 20;

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// [`WEBHOOK_VERSION`].
    pub v: u16,
    /// Tells it from another that had its name before.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is, and what signs: `{"url":…,"secret":…}`, sealed or not.
    pub kept: String,
    /// Whether that is sealed.
    pub sealed: bool,
    /// The address without what may be secret in it, to be shown.
    pub shown: String,
    /// What it gets.
    pub format: Format,
    /// What it hears of; empty is everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Told>,
    /// Of which applications it hears, by name; empty is all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<String>,
    /// It hears of deployments that were created since then.
    pub created_at: Timestamp,
}

/// What is kept of a webhook that may be sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where it is.
    pub url: String,
    /// What its messages are signed with.
    pub secret: String,
}

/// What binds what is sealed to its webhook.
pub fn sealed_for(scope: &Scope, name: &str) -> String {
    let key = key::webhook(scope, name);
    format!("{}/{}", key.pk, key.sk)
}

impl Webhook {
    /// Where it is, and what signs. Absent if it is sealed and cannot be opened.
    ///
    /// # Errors
    /// When the key that it is sealed with cannot be had.
    pub async fn kept(&self, scope: &Scope, sealer: Option<&dyn Sealer>) -> Result<Option<Kept>, CallError> {
        let text = match (self.sealed, sealer) {
            (false, _) => Some(self.kept.clone()),
            (true, None) => None,
            (true, Some(sealer)) => sealer.open(&sealed_for(scope, &self.name), &self.kept).await?,
        };
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Whether it hears of this in that application.
    pub fn hears(&self, told: Told, application: &str) -> bool {
        let events = self.events.is_empty() || self.events.contains(&told);
        events && (self.applications.is_empty() || self.applications.iter().any(|name| name == application))
    }
}

/// All webhooks there are, by name.
pub async fn all(table: &Arc<dyn Table>, scope: &Scope) -> Result<Vec<Webhook>, StoreError> {
    let query = Query {
        index: Index::Main,
        pk: key::catalog(scope),
        range: Range::Prefix(key::WEBHOOK.to_owned()),
        descending: false,
        limit: MOST,
        after: None,
    };
    table.query(query).await?.items.iter().map(read).collect()
}

/// The webhook of that name.
pub async fn find(table: &dyn Table, scope: &Scope, name: &str) -> Result<Option<Webhook>, StoreError> {
    table.get(&key::webhook(scope, name)).await?.as_ref().map(read).transpose()
}

/// Creates a webhook; false if there is one of that name.
pub async fn create(table: &dyn Table, scope: &Scope, webhook: &Webhook) -> Result<bool, StoreError> {
    let item = Item::new(key::webhook(scope, &webhook.name), 1, encode(webhook)?);
    match table.put_if(item, Expect::Absent).await {
        Ok(()) => Ok(true),
        Err(TableError::Condition(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Deletes the webhook of that name; false if there is none.
pub async fn delete(table: &dyn Table, scope: &Scope, name: &str) -> Result<bool, StoreError> {
    let key = key::webhook(scope, name);
    let Some(item) = table.get(&key).await? else { return Ok(false) };
    match table.transact(vec![Write::Delete { key, expect: Expect::Version(item.version) }]).await {
        Ok(()) | Err(TableError::Condition(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn read(item: &Item) -> Result<Webhook, StoreError> {
    let webhook: Webhook = decode(item)?;
    known(item, webhook.v, WEBHOOK_VERSION)?;
    Ok(webhook)
}
