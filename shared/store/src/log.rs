//! LOG items: marks that no longer fit the state. Written before the commit that trims them, under a key
//! that names their first seq, so that a crash in between repeats the same item.

use cutover_core::deployment::Deployment;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::limits::MARKS_BYTES;
use cutover_core::mark::Mark;
use cutover_ports::table::{Expect, Index, Item, Query, Range, Table};

use crate::codec::{StoreError, decode, encode};
use crate::key;

/// What a mark takes in the state besides its detail, about.
const ROW_BYTES: usize = 48;

/// Marks of one LOG item. Every item that begins at one mark holds the same ones, whoever writes it and
/// when: a worker that comes too late repeats it and cannot shorten it.
const PAGE: usize = 16;
/// Marks that stay in the state: the newest may still be folded, and one commit adds fewer than this.
const STAY: usize = 8;

/// Moves the oldest marks into a LOG item when all of them together are too large.
pub(crate) async fn spill(table: &dyn Table, scope: &Scope, next: &mut Deployment) -> Result<(), StoreError> {
    let bytes: usize = next.marks.iter().map(|m| ROW_BYTES + m.detail.as_ref().map_or(0, String::len)).sum();
    if bytes <= MARKS_BYTES || next.marks.len() < PAGE + STAY {
        return Ok(());
    }
    let rest = next.marks.split_off(PAGE);
    let old = std::mem::replace(&mut next.marks, rest);
    let item = Item::new(key::log(scope, &next.id, old[0].seq), 1, encode(&old)?);
    Ok(table.put_if(item, Expect::Anything).await?)
}

/// All marks of a deployment, oldest first: the overflown ones and those still in the state.
pub async fn marks(table: &dyn Table, scope: &Scope, state: &Deployment) -> Result<Vec<Mark>, StoreError> {
    let mut all = overflown(table, scope, &state.id).await?;
    let first = state.marks.first().map_or(u32::MAX, |m| m.seq);
    all.retain(|m| m.seq < first);
    all.extend(state.marks.iter().cloned());
    Ok(all)
}

async fn overflown(table: &dyn Table, scope: &Scope, id: &DeploymentId) -> Result<Vec<Mark>, StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = Query {
            index: Index::Main,
            pk: key::deployment_pk(scope, id),
            range: Range::Prefix("LOG#".to_owned()),
            descending: false,
            limit: 100,
            after,
        };
        let page = table.query(query).await?;
        for item in &page.items {
            all.extend(decode::<Vec<Mark>>(item)?);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}
