//! Dead letters: what listeners were not reached with, listed and sent again.

use cutover_core::ids::{Scope, ShardId};
use cutover_ports::table::Place;
use cutover_store::codec::StoreError;
use cutover_store::dead_letter::{self, About, DeadLetter};
use cutover_store::hosts_told::{self, HostsHeard};
use cutover_store::notice::Notice;
use cutover_wire::api::webhook::*;

use crate::error::Answer;
use crate::rules::Valid;
use crate::service::{PAGE, SEARCH_PAGES, Service};
use crate::tokens::PlaceBody;

impl Service {
    /// ListDeadLetters, oldest first.
    pub async fn list_dead_letters(
        &self,
        scope: &Scope,
        input: Valid<ListDeadLettersInput>,
    ) -> Answer<ListDeadLettersOutput> {
        const LIST: &str = "dead letters";
        let after: Option<PlaceBody> = self.tokens.read(scope, LIST, &input.next_token)?;
        let table = self.deployments().table();
        let (found, next) = dead_letter::page(table, scope, after.map(Into::into), PAGE).await?;
        Ok(ListDeadLettersOutput {
            dead_letters: found.iter().map(info).collect(),
            next_token: next.map(|place| self.tokens.issue(scope, LIST, &PlaceBody::from(place))),
        })
    }

    /// ReplayDeadLetters: these, or the oldest hundred. They are sent as if they had never been tried.
    pub async fn replay_dead_letters(
        &self,
        scope: &Scope,
        input: Valid<ReplayDeadLettersInput>,
    ) -> Answer<ReplayDeadLettersOutput> {
        let (table, mut replayed) = (self.deployments().table(), Vec::new());
        let wanted = input.dead_letter_ids.as_deref();
        let mut after: Option<Place> = None;
        for _ in 0..SEARCH_PAGES {
            let (found, next) = dead_letter::page(table, scope, after.take(), PAGE).await?;
            for letter in found {
                if wanted.is_none_or(|ids| ids.contains(&letter.id)) && self.revive(scope, &letter).await? {
                    replayed.push(letter.id);
                }
            }
            after = next;
            if after.is_none() || wanted.is_none() || wanted.is_some_and(|ids| ids.len() <= replayed.len()) {
                break;
            }
        }
        Ok(ReplayDeadLettersOutput { replayed })
    }

    /// Makes what it is about due again; false if somebody else was at it.
    async fn revive(&self, scope: &Scope, letter: &DeadLetter) -> Answer<bool> {
        let (notices, id, now) = (self.driver.notices(), &letter.deployment, self.now());
        let gone = vec![letter.delete(scope)];
        let (kept, shard) = match letter.about {
            About::Seq(seq) => {
                let Some(stored) = notices.one(scope, id, seq).await? else { return Ok(false) };
                let mut next = Notice { due: Some(now), ..stored.notice.clone() };
                next.heard.remove(&letter.listener);
                (notices.keep(scope, id, &stored, &next, gone).await, None)
            }
            About::Shard(shard) => {
                let place = ShardId { shard, ..ShardId::first(scope, id) };
                let Some(stored) = hosts_told::find(notices.table(), &place).await? else {
                    return Ok(false);
                };
                let mut next = stored.told.clone();
                next.due = Some(now);
                if let Some(heard) = next.heard.get_mut(&letter.listener) {
                    *heard = HostsHeard { told: std::mem::take(&mut heard.told), ..HostsHeard::default() };
                }
                (hosts_told::keep(notices.table(), &place, &stored, &next, gone).await, Some(shard))
            }
        };
        match kept {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if let Err(error) = self.driver.hint(scope, id, shard, 0).await {
            tracing::warn!(deployment = %id, %error, "hint left to the sweep");
        }
        Ok(true)
    }
}

fn info(letter: &DeadLetter) -> DeadLetterInfo {
    DeadLetterInfo {
        dead_letter_id: letter.id.clone(),
        listener: letter.listener.clone(),
        deployment_id: letter.deployment.to_string(),
        event: letter.told.as_str().to_owned(),
        tries: letter.tries,
        error: letter.error.clone(),
        time: Some(letter.at.into()),
    }
}
