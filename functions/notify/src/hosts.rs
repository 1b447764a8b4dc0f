//! The hosts of a shard: what its board shows, beside what each listener was told of.

use std::collections::HashMap;

use cutover_core::audience::Told;
use cutover_core::deployment::Deployment;
use cutover_core::fleet::board::Board;
use cutover_core::fleet::cell::Cell;
use cutover_core::ids::ShardId;
use cutover_core::time::Timestamp;
use cutover_store::codec::StoreError;
use cutover_store::dead_letter::{About, DEAD_LETTER_VERSION, DeadLetter};
use cutover_store::fleets::Target;
use cutover_store::hosts_told::{self, HostsHeard, HostsTold};
use cutover_store::plans::Planned;
use cutover_wire::agent::report::{EventResult, EventStatus};
use cutover_wire::notice::facts::{Facts, Host, HostEvent};
use futures_util::future::join_all;

use crate::Notifier;
use crate::backoff::{BEGIN_WITHIN_MS, HOSTS_MS, LEASE_MS, MOST_TRIES, next};
use crate::deliver::Awaited;
use crate::facts::under_way;
use crate::listener::{Listener, awaited};

/// Hosts that are told of in one round.
const AT_ONCE: usize = 100;
const NOTHING: u8 = b'-';
const START: u8 = b's';
const END: u8 = b'e';

/// Hosts that somebody has yet to be told of: their places, and what is known of them.
struct News {
    hosts: Vec<(usize, Cell, Host)>,
    /// Whether there are more than are told of in one round.
    more: bool,
}

impl Notifier {
    /// Tells what is to be told by now of the hosts of a shard.
    pub(crate) async fn tell_of_hosts(&self, id: &ShardId) -> Result<(), StoreError> {
        let (begun, table) = (self.driver.now(), self.driver.notices().table());
        let Some(mut stored) = hosts_told::find(table, id).await? else { return Ok(()) };
        if stored.told.due.is_none_or(|due| due > begun) {
            self.soon(&id.scope, &id.deployment, Some(id.shard), stored.told.due).await;
            return Ok(());
        }
        let (deployments, fleets) = (self.driver.deployments(), self.driver.fleets());
        let Some(planned) = deployments.planned(&id.scope, &id.deployment).await? else { return Ok(()) };
        let Some(state) = deployments.load(&id.scope, &id.deployment).await? else { return Ok(()) };
        let state = state.deployment;
        let claimed = HostsTold { due: Some(begun.plus_ms(LEASE_MS)), ..stored.told.clone() };
        match hosts_told::keep(table, id, &stored, &claimed, Vec::new()).await {
            Ok(()) => stored.version += 1,
            Err(StoreError::Conflict) => return Ok(()),
            Err(error) => return Err(error),
        }
        let mut told = stored.told.clone();
        let board = fleets.board(id).await?.map(|stored| stored.board);
        let over = board.as_ref().map_or(state.verdict().is_some(), |board| board.end.is_some());
        let mut more = false;
        let mut letters = Vec::new();
        if let Some(board) = &board {
            let mut listeners = self.listeners(&planned).await?;
            listeners.retain(|listener| HOSTS.iter().any(|told| listener.hears(*told, &planned)));
            let keys: Vec<String> = listeners.iter().map(Listener::key).collect();
            told.heard.retain(|key, _| keys.contains(key));
            for key in &keys {
                let heard = told.heard.entry(key.clone()).or_default();
                if heard.told.len() != board.cells.len() {
                    heard.told = char::from(NOTHING).to_string().repeat(board.cells.len());
                }
            }
            let news = self.news(id, &planned, board, &told).await?;
            more = news.more;
            let chains = listeners.iter().zip(&keys).map(|(listener, key)| {
                let heard = told.heard.get(key).cloned().unwrap_or_default();
                self.chain_of_hosts(listener, heard, &news, &planned, &state, begun)
            });
            let ended = join_all(chains).await;
            for (key, (heard, failed)) in keys.into_iter().zip(ended) {
                if let (true, Some((what, error))) = (heard.dead, failed) {
                    letters.push(dead(id, &key, what, heard.tries, error, self.driver.now()).put(&id.scope)?);
                }
                told.heard.insert(key, heard);
            }
        }
        told.due = due(&told, over, more, self.driver.now());
        match hosts_told::keep(table, id, &stored, &told, letters).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        self.again(&id.scope, &id.deployment, Some(id.shard), told.due).await;
        Ok(())
    }

    /// What there is to tell somebody, with all that is known of those hosts.
    async fn news(
        &self,
        id: &ShardId,
        planned: &Planned,
        board: &Board,
        told: &HostsTold,
    ) -> Result<News, StoreError> {
        let untold = |place: &usize, cell: Cell| {
            let letter = |heard: &HostsHeard| heard.told.as_bytes().get(*place).copied().unwrap_or(END);
            told.heard.values().any(|heard| !heard.dead && !owed(letter(heard), cell).is_empty())
        };
        let mut fresh = board.cells.iter().copied().enumerate().filter(|(place, cell)| untold(place, *cell));
        let cells: Vec<(usize, Cell)> = fresh.by_ref().take(AT_ONCE).collect();
        let more = fresh.next().is_some();
        let Some(rostered) = self.driver.fleets().roster(id).await? else {
            return Ok(News { hosts: Vec::new(), more: false });
        };
        let name = |place: usize| rostered.roster.hosts.get(place).map(|host| host.name.as_str());
        let names: Vec<&str> = cells.iter().filter_map(|(place, _)| name(*place)).collect();
        let owned: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let targets = self.driver.fleets().targets(id, &names).await?;
        let targets: HashMap<&str, &Target> = targets.iter().map(|t| (t.report.host.as_str(), t)).collect();
        let known = self.hosts.find_all(&id.scope, &owned).await?;
        let arns: HashMap<&str, &str> =
            known.iter().map(|(host, _)| (host.name.as_str(), host.arn.as_str())).collect();
        let host = |(place, cell): (usize, Cell)| {
            let name = name(place)?;
            let report = targets.get(name).filter(|_| matches!(cell, Cell::Succeeded | Cell::Failed));
            let scope = &id.scope;
            let ec2 = || {
                format!("arn:{}:ec2:{}:{}:instance/{name}", scope.partition(), scope.region, scope.account)
            };
            let host = Host {
                name: name.to_owned(),
                arn: arns.get(name).map_or_else(ec2, |arn| (*arn).to_owned()),
                status: cell.status(),
                updated_at: report.map_or(planned.plan.created_at, |target| target.received_at),
                events: report.map(|t| t.report.events.iter().map(event).collect()).unwrap_or_default(),
            };
            Some((place, cell, host))
        };
        Ok(News { hosts: cells.into_iter().filter_map(host).collect(), more })
    }

    /// One listener: host after host, until one cannot be told now. What failed, if something did.
    async fn chain_of_hosts(
        &self,
        listener: &Listener,
        mut heard: HostsHeard,
        news: &News,
        planned: &Planned,
        state: &Deployment,
        begun: Timestamp,
    ) -> (HostsHeard, Option<(Told, String)>) {
        if heard.dead || heard.next.is_some_and(|next| next > begun) {
            return (heard, None);
        }
        let awaited = Awaited { deployment: awaited(planned), error: None };
        let mut letters = heard.told.clone().into_bytes();
        let mut failed = None;
        'hosts: for (place, cell, host) in &news.hosts {
            let Some(letter) = letters.get(*place).copied() else { continue };
            for told in owed(letter, *cell) {
                if self.driver.now().ms_since(begun) > BEGIN_WITHIN_MS {
                    break 'hosts;
                }
                if let Some(told) = told.filter(|told| listener.hears(*told, planned)) {
                    let facts = of_host(planned, state, told, host, self.driver.now());
                    if let Err(error) = self.deliver(listener, &facts, &awaited).await {
                        failed = Some((told, error));
                        break 'hosts;
                    }
                }
                letters[*place] = if told == Some(Told::InstanceStart) { START } else { END };
            }
        }
        heard.told = String::from_utf8(letters).unwrap_or_default();
        match failed {
            None => (heard.tries, heard.next) = (0, None),
            Some(_) => {
                heard.tries += 1;
                heard.dead = heard.tries >= MOST_TRIES;
                heard.next = Some(next(self.driver.now(), heard.tries));
            }
        }
        (heard, failed)
    }
}

/// What is told of hosts.
const HOSTS: [Told; 3] = [Told::InstanceStart, Told::InstanceSuccess, Told::InstanceFailure];

/// What is still to be told of a host, in order, to whom was told so much; `None` is an end that nobody hears of.
fn owed(letter: u8, cell: Cell) -> Vec<Option<Told>> {
    let end = match cell {
        Cell::Waiting | Cell::Ordered | Cell::Running => None,
        Cell::Succeeded => Some(Some(Told::InstanceSuccess)),
        Cell::Failed | Cell::Lost | Cell::TimedOut | Cell::Offline => Some(Some(Told::InstanceFailure)),
        Cell::Skipped => Some(None),
    };
    let began = matches!(cell, Cell::Running | Cell::Succeeded | Cell::Failed | Cell::Lost | Cell::TimedOut);
    match letter {
        END => Vec::new(),
        START => end.into_iter().collect(),
        _ => began.then_some(Some(Told::InstanceStart)).into_iter().chain(end).collect(),
    }
}

fn of_host(planned: &Planned, state: &Deployment, told: Told, host: &Host, now: Timestamp) -> Facts {
    let mut host = host.clone();
    if told == Told::InstanceStart {
        host = Host { status: "InProgress", events: Vec::new(), updated_at: now, ..host };
    }
    Facts { host: Some(host), ..under_way(planned, state, told, 0, now) }
}

fn event(result: &EventResult) -> HostEvent {
    HostEvent {
        name: result.event.clone(),
        status: match result.status {
            EventStatus::Succeeded => "Succeeded",
            // An ignored failure is one all the same; the host goes on.
            EventStatus::Failed | EventStatus::Ignored => "Failed",
            EventStatus::Skipped => "Skipped",
            EventStatus::InProgress => "InProgress",
        }
        .to_owned(),
        start: Some(result.started_at),
        end: result.ended_at,
    }
}

fn dead(id: &ShardId, listener: &str, told: Told, tries: u32, error: String, at: Timestamp) -> DeadLetter {
    tracing::warn!(shard = %id, listener, told = told.as_str(), error, "given up");
    DeadLetter {
        v: DEAD_LETTER_VERSION,
        id: format!("{}.hosts-{}.{listener}", id.deployment, id.shard),
        listener: listener.to_owned(),
        deployment: id.deployment.clone(),
        about: About::Shard(id.shard),
        told,
        tries,
        error,
        at,
    }
}

/// When to look again: as long as the shard is not over, or somebody has yet to be told.
fn due(told: &HostsTold, over: bool, more: bool, now: Timestamp) -> Option<Timestamp> {
    let behind = |heard: &HostsHeard| !heard.dead && heard.told.bytes().any(|letter| letter != END);
    let next = |heard: &HostsHeard| heard.next.unwrap_or(if more { now } else { now.plus_ms(HOSTS_MS) });
    let earliest = told.heard.values().filter(|heard| behind(heard)).map(next).min();
    match over {
        true => earliest,
        false => Some(earliest.map_or(now.plus_ms(HOSTS_MS), |at| at.min(now.plus_ms(HOSTS_MS)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_of_once_it_begins_and_once_it_is_through() {
        let (start, success, failure) =
            (Some(Told::InstanceStart), Some(Told::InstanceSuccess), Some(Told::InstanceFailure));
        for (letter, cell, expected) in [
            (NOTHING, Cell::Waiting, vec![]),
            (NOTHING, Cell::Ordered, vec![]),
            (NOTHING, Cell::Running, vec![start]),
            (START, Cell::Running, vec![]),
            (NOTHING, Cell::Succeeded, vec![start, success]),
            (START, Cell::Succeeded, vec![success]),
            (START, Cell::Lost, vec![failure]),
            // It never began.
            (NOTHING, Cell::Offline, vec![failure]),
            (NOTHING, Cell::Skipped, vec![None]),
            (END, Cell::Failed, vec![]),
        ] {
            assert_eq!(owed(letter, cell), expected, "{} {cell:?}", char::from(letter));
        }
    }
}
