//! Dead letters: what a listener was not reached with, however often it was tried. Kept for 14 days, to be sent again.

use std::sync::Arc;

use cutover_core::audience::Told;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Index, Item, Place, Query, Range, Table, Write};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of [`DeadLetter`].
pub const DEAD_LETTER_VERSION: u16 = 1;
const KEPT_SECS: i64 = 14 * 86_400;

/// What was not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// [`DEAD_LETTER_VERSION`].
    pub v: u16,
    /// Names it.
    pub id: String,
    /// Who was not reached, as notices name it.
    pub listener: String,
    /// Which deployment it is about.
    pub deployment: DeploymentId,
    /// The notice's seq, or that of the shard whose hosts it is about.
    #[serde(flatten)]
    pub about: About,
    /// What was not told; of hosts the first.
    pub told: Told,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed.
    pub error: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// What a dead letter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// A notice of the deployment.
    Seq(u32),
    /// The hosts of a shard.
    Shard(u16),
}

/// A page of dead letters, the oldest first, and where the next one begins.
pub async fn page(
    table: &Arc<dyn Table>,
    scope: &Scope,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<DeadLetter>, Option<Place>), StoreError> {
    let pk = key::dead_letters(scope);
    let query = Query { index: Index::Main, pk, range: Range::All, descending: false, limit, after };
    let page = table.query(query).await?;
    let read = |item: &Item| {
        let letter: DeadLetter = decode(item)?;
        known(item, letter.v, DEAD_LETTER_VERSION)?;
        Ok(letter)
    };
    Ok((page.items.iter().map(read).collect::<Result<_, StoreError>>()?, page.next))
}

impl DeadLetter {
    /// The write that puts it.
    pub fn put(&self, scope: &Scope) -> Result<Write, StoreError> {
        let mut item = Item::new(key::dead_letter(scope, self.at, &self.id), 1, encode(self)?);
        item.expires_at = Some(self.at.as_millis() / 1_000 + KEPT_SECS);
        Ok(Write::Put { item, expect: Expect::Anything })
    }

    /// The write that takes it away.
    pub fn delete(&self, scope: &Scope) -> Write {
        Write::Delete { key: key::dead_letter(scope, self.at, &self.id), expect: Expect::Anything }
    }
}
