//! Enrolment tokens: each lets one host in, once.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | enrolment token | `ACCOUNT/global/ENROL` | `TOKEN#id` | its use, once; forgotten a day after its end | 400 B |
//!
//! The body is an [`EnrolmentToken`] as JSON. A token is an id and a secret, of which only the SHA-256 is stored.
//! Tokens are of an account: whoever brings one need not know the region, which stands in the token.

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::catalog::{NameError, Pointer};
use crate::codec::{StoreError, decode, encode, known};
use crate::hosts::{Host, to_item};
use crate::key;

/// The stored version of [`EnrolmentToken`].
pub const ENROLMENT_VERSION: u16 = 1;
/// How long a token is remembered after its end, so that whoever is late is told why.
const KEPT_MS: u64 = 86_400_000;

/// An enrolment token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentToken {
    /// [`ENROLMENT_VERSION`].
    pub v: u16,
    /// Its id, the part of the token that is no secret.
    pub id: String,
    /// The SHA-256 of its secret, in hexadecimal.
    pub digest: String,
    /// Where the host is to be.
    pub scope: Scope,
    /// The only name that it is for. Only a token with a name replaces the key of a host that is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The tags that the host gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// From when on it is good for nothing.
    pub expires_at: Timestamp,
    /// The host that used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

impl EnrolmentToken {
    fn to_item(&self, version: u64) -> Result<Item, StoreError> {
        let mut item = Item::new(key::enrolment(&self.scope, &self.id), version, encode(self)?);
        item.expires_at = Some(self.expires_at.plus_ms(KEPT_MS).as_millis() / 1000);
        Ok(item)
    }
}

/// A host that is to enrol, and what was loaded of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// As it will be.
    pub host: Host,
    /// Its stored version, if there is one of that name.
    pub over: Option<u64>,
    /// Whether one of that name is registered: then the identity is its own already.
    pub registered: bool,
}

/// Stores a new token.
pub async fn create(table: &dyn Table, token: &EnrolmentToken) -> Result<(), StoreError> {
    Ok(table.put_if(token.to_item(1)?, Expect::Absent).await?)
}

/// The token of that id in the account of this scope, and its stored version.
pub async fn find(
    table: &dyn Table,
    scope: &Scope,
    id: &str,
) -> Result<Option<(EnrolmentToken, u64)>, StoreError> {
    let Some(item) = table.get(&key::enrolment(scope, id)).await? else { return Ok(None) };
    let token: EnrolmentToken = decode(&item)?;
    known(&item, token.v, ENROLMENT_VERSION)?;
    Ok(Some((token, item.version)))
}

/// Stores a host and, if a token lets it in, uses the token of that stored version up: both or neither.
///
/// # Errors
/// [`NameError::Taken`] when the identity is another host's; [`NameError::Changed`] when token or host are not as
/// they were loaded.
pub async fn enrol(
    table: &dyn Table,
    scope: &Scope,
    token: Option<(&EnrolmentToken, u64)>,
    newcomer: &Newcomer,
) -> Result<(), NameError> {
    let Newcomer { host, over, registered } = newcomer;
    let pointer = Pointer::item(key::identity(scope, host.identity.arn()), &host.name)?;
    let pointer = match registered {
        false => Write::Put { item: pointer, expect: Expect::Absent },
        true => Write::Check { key: pointer.key, expect: Expect::Version(pointer.version) },
    };
    let mut writes = vec![
        pointer,
        Write::Put {
            item: to_item(scope, host, over.unwrap_or(0) + 1)?,
            expect: over.map_or(Expect::Absent, Expect::Version),
        },
    ];
    if let Some((token, version)) = token {
        let used = EnrolmentToken { used_by: Some(host.name.clone()), ..token.clone() };
        writes.push(Write::Put { item: used.to_item(version + 1)?, expect: Expect::Version(version) });
    }
    match table.transact(writes).await {
        Ok(()) => Ok(()),
        Err(TableError::Condition(0)) if !registered => Err(NameError::Taken),
        Err(TableError::Condition(_) | TableError::Contended) => Err(NameError::Changed),
        Err(error) => Err(NameError::Store(error.into())),
    }
}
