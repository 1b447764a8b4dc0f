//! The notices of a deployment: to every listener in order, to all of them at the same time.

use std::collections::BTreeMap;

use cutover_core::deployment::Deployment;
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_core::time::Timestamp;
use cutover_ports::table::Write;
use cutover_store::codec::StoreError;
use cutover_store::dead_letter::{About, DEAD_LETTER_VERSION, DeadLetter};
use cutover_store::hosts_told;
use cutover_store::notice::{HOSTS, Hearing, Notice, START, StoredNotice};
use cutover_store::plans::Planned;
use cutover_wire::notice::facts::Facts;
use futures_util::future::join_all;

use crate::Notifier;
use crate::backoff::{BEGIN_WITHIN_MS, LEASE_MS, LOOK_MS, MOST_TRIES, next};
use crate::deliver::Awaited;
use crate::listener::{Listener, awaited};

/// Whether a notice can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ripe {
    Now,
    /// Not before it has happened: look again then.
    Later(Timestamp),
    /// It will not happen any more.
    Never,
}

/// A notice in the hands of this worker.
struct Held {
    stored: StoredNotice,
    ripe: Ripe,
    /// Whether this worker claimed it, so that nobody else tells it now.
    mine: bool,
    /// What it tells, once it is told.
    facts: Option<Facts>,
}

/// What became of one listener: the places of the notices that were tried, with the words of a failure.
type Tried = Vec<(usize, Result<(), String>)>;

impl Notifier {
    /// Tells what is to be told of a deployment by now.
    pub(crate) async fn tell(&self, scope: &Scope, id: &DeploymentId) -> Result<(), StoreError> {
        let (notices, begun) = (self.driver.notices().of(scope, id).await?, self.driver.now());
        let is_due = |notice: &Notice| notice.due.is_some_and(|due| due <= begun);
        if !notices.iter().any(|stored| is_due(&stored.notice)) {
            let earliest = notices.iter().filter_map(|stored| stored.notice.due).min();
            self.soon(scope, id, None, earliest).await;
            return Ok(());
        }
        let deployments = self.driver.deployments();
        let Some(planned) = deployments.planned(scope, id).await? else { return Ok(()) };
        let Some(state) = deployments.load(scope, id).await? else { return Ok(()) };
        let state = state.deployment;
        let mut held = Vec::new();
        for stored in notices {
            if stored.notice.seq == HOSTS {
                if is_due(&stored.notice) {
                    self.begin_with_hosts(&planned, &state, &stored).await?;
                }
                continue;
            }
            let ripe = ripe(&stored.notice, &state, begun);
            let mine = is_due(&stored.notice);
            held.push(Held { stored, ripe, mine, facts: None });
        }
        for notice in held.iter_mut().filter(|held| held.mine && held.ripe == Ripe::Now) {
            let claimed = Notice { due: Some(begun.plus_ms(LEASE_MS)), ..notice.stored.notice.clone() };
            match self.driver.notices().keep(scope, id, &notice.stored, &claimed, Vec::new()).await {
                Ok(()) => {
                    let version = notice.stored.version + 1;
                    notice.stored = StoredNotice { version, notice: claimed };
                }
                // Another worker tells it.
                Err(StoreError::Conflict) => return Ok(()),
                Err(error) => return Err(error),
            }
            notice.facts = Some(self.facts(&planned, &state, &notice.stored.notice).await?);
        }
        let listeners = self.listeners(&planned).await?;
        let error = self.why(&planned, &state).await?;
        let awaited = Awaited { deployment: awaited(&planned), error: error.as_deref() };
        let all = listeners.iter().map(|listener| self.chain(listener, &held, &planned, &awaited, begun));
        let tried = join_all(all).await;
        self.keep(&planned, &listeners, held, tried).await
    }

    /// One listener: notice after notice, until one cannot be told now.
    async fn chain(
        &self,
        listener: &Listener,
        held: &[Held],
        planned: &Planned,
        awaited: &Awaited<'_>,
        begun: Timestamp,
    ) -> Tried {
        let (key, mut tried) = (listener.key(), Tried::new());
        for (place, notice) in held.iter().enumerate() {
            if notice.ripe == Ripe::Never || !listener.is_told(&notice.stored.notice, planned) {
                continue;
            }
            match notice.stored.notice.heard.get(&key) {
                Some(Hearing::Waiting { next, .. }) if *next > begun => break,
                Some(hearing) if hearing.is_settled() => continue,
                _ => {}
            }
            let late = self.driver.now().ms_since(begun) > BEGIN_WITHIN_MS;
            let (Some(facts), false) = (&notice.facts, late) else { break };
            let told = self.deliver(listener, facts, awaited).await;
            let failed = told.is_err();
            tried.push((place, told));
            if failed {
                break;
            }
        }
        tried
    }

    /// Notes how far everybody is, and when to look again.
    async fn keep(
        &self,
        planned: &Planned,
        listeners: &[Listener],
        held: Vec<Held>,
        tried: Vec<Tried>,
    ) -> Result<(), StoreError> {
        let (scope, id, now) = (&planned.plan.scope, &planned.plan.deployment, self.driver.now());
        let keys: Vec<String> = listeners.iter().map(Listener::key).collect();
        let mut next_of: Vec<Notice> = held.iter().map(|held| held.stored.notice.clone()).collect();
        let mut letters: BTreeMap<usize, Vec<Write>> = BTreeMap::new();
        for (key, tried) in keys.iter().zip(tried) {
            for (place, told) in tried {
                let notice = &mut next_of[place];
                let hearing = heard(notice.heard.get(key), told, now);
                if let (Hearing::Dead { .. }, Some(error)) = (&hearing.0, hearing.1) {
                    let letter = dead(id, key, notice, error, now);
                    letters.entry(place).or_default().push(letter.put(scope)?);
                }
                notice.heard.insert(key.clone(), hearing.0);
            }
        }
        let mut blocked: BTreeMap<&str, Timestamp> = BTreeMap::new();
        let mut earliest: Option<Timestamp> = None;
        for (place, held) in held.into_iter().enumerate() {
            let notice = &mut next_of[place];
            notice.due = due(notice, held.ripe, listeners, &keys, planned, &mut blocked, now);
            earliest = [earliest, notice.due].into_iter().flatten().min();
            if *notice == held.stored.notice {
                continue;
            }
            let more = letters.remove(&place).unwrap_or_default();
            match self.driver.notices().keep(scope, id, &held.stored, notice, more).await {
                // What another worker noted stands; what is told twice has the same id.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        self.again(scope, id, None, earliest).await;
        Ok(())
    }

    /// A hint for the next look, if that is near; otherwise the sweep sees to it.
    pub(crate) async fn again(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        shard: Option<u16>,
        due: Option<Timestamp>,
    ) {
        let Some(delay) = due.map(|due| due.ms_since(self.driver.now())) else { return };
        if delay <= MAX_QUEUE_DELAY_MS
            && let Err(error) = self.driver.hint(scope, id, shard, delay).await
        {
            tracing::warn!(deployment = %id, %error, "hint left to the sweep");
        }
    }

    /// A hint that came while another worker has it, or had it and died, comes once more when that one's time is up.
    pub(crate) async fn soon(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        shard: Option<u16>,
        due: Option<Timestamp>,
    ) {
        let near = self.driver.now().plus_ms(LEASE_MS);
        self.again(scope, id, shard, due.filter(|due| *due <= near)).await;
    }

    /// From its rosters on, the hosts of a fleet are told of shard by shard.
    async fn begin_with_hosts(
        &self,
        planned: &Planned,
        state: &Deployment,
        stored: &StoredNotice,
    ) -> Result<(), StoreError> {
        let (scope, id, now) = (&planned.plan.scope, &planned.plan.deployment, self.driver.now());
        let (fleets, first) = (self.driver.fleets(), ShardId::first(scope, id));
        let shards = match (fleets.divided(scope, id).await?, fleets.board(&first).await?) {
            (Some(divided), _) => divided.ids(scope, id),
            (None, Some(_)) => vec![first],
            (None, None) => Vec::new(),
        };
        for shard in &shards {
            hosts_told::create(self.driver.notices().table(), shard, now).await?;
        }
        let waits = shards.is_empty() && state.verdict().is_none();
        let due = waits.then(|| now.plus_ms(LOOK_MS));
        let next = Notice { due, ..stored.notice.clone() };
        match self.driver.notices().keep(scope, id, stored, &next, Vec::new()).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        for shard in &shards {
            self.again(scope, id, Some(shard.shard), Some(now)).await;
        }
        self.again(scope, id, None, due).await;
        Ok(())
    }
}

/// A start is told once it is one.
fn ripe(notice: &Notice, state: &Deployment, now: Timestamp) -> Ripe {
    match (notice.seq, state.started_at, state.verdict()) {
        (START, None, None) => Ripe::Later(now.plus_ms(LOOK_MS)),
        (START, None, Some(_)) => Ripe::Never,
        _ => Ripe::Now,
    }
}

/// How far a listener is after a try, and why it was given up if it was.
fn heard(
    before: Option<&Hearing>,
    told: Result<(), String>,
    now: Timestamp,
) -> (Hearing, Option<(u32, String)>) {
    let Err(error) = told else { return (Hearing::Told { at: now }, None) };
    let tries = 1 + match before {
        Some(Hearing::Waiting { tries, .. }) => *tries,
        _ => 0,
    };
    if tries >= MOST_TRIES {
        return (Hearing::Dead { at: now }, Some((tries, error)));
    }
    (Hearing::Waiting { tries, next: next(now, tries), error }, None)
}

fn dead(
    id: &DeploymentId,
    listener: &str,
    notice: &Notice,
    (tries, error): (u32, String),
    at: Timestamp,
) -> DeadLetter {
    tracing::warn!(deployment = %id, listener, told = notice.told.as_str(), error, "given up");
    DeadLetter {
        v: DEAD_LETTER_VERSION,
        id: format!("{id}.{}.{listener}", notice.seq),
        listener: listener.to_owned(),
        deployment: id.clone(),
        about: About::Seq(notice.seq),
        told: notice.told,
        tries,
        error,
        at,
    }
}

/// When to look at a notice again; nobody is left to be told without. Whoever waits with an earlier one waits with this.
fn due<'a>(
    notice: &Notice,
    ripe: Ripe,
    listeners: &[Listener],
    keys: &'a [String],
    planned: &Planned,
    blocked: &mut BTreeMap<&'a str, Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    if ripe == Ripe::Never {
        return None;
    }
    let mut earliest: Option<Timestamp> = None;
    for (listener, key) in listeners.iter().zip(keys) {
        let before = blocked.get(key.as_str()).copied();
        let own = match notice.heard.get(key) {
            _ if !listener.is_told(notice, planned) => continue,
            Some(Hearing::Waiting { next, .. }) => *next,
            Some(_) => continue,
            None => match ripe {
                Ripe::Later(at) => at,
                _ => now,
            },
        };
        let at = before.map_or(own, |before| before.max(own));
        blocked.insert(key, at);
        earliest = Some(earliest.map_or(at, |earliest| earliest.min(at)));
    }
    earliest
}
