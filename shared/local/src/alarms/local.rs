//! The alarms.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_ports::alarms::{AlarmState, Alarms};
use cutover_ports::call::CallError;
use cutover_ports::table::{Expect, Index, Item, Key, Query, Range, Table};
use tokio::sync::broadcast;

use super::judge::{Judge, Standing};
use super::record::{AlarmChange, AlarmError, AlarmRecord, AlarmRule, AlarmView};
use crate::functions::outcomes::Outcomes;

const SORT_PREFIX: &str = "ALARM#";
/// Changes that a slow subscriber may be behind.
const CHANGES: usize = 256;
/// How often it is looked whether failures have become older than a minute.
const EVERY: Duration = Duration::from_secs(1);

/// Alarms of one machine.
pub struct LocalAlarms {
    table: Arc<dyn Table>,
    scope: Scope,
    outcomes: Arc<Outcomes>,
    judge: Mutex<Judge>,
    changes: broadcast::Sender<AlarmChange>,
}

impl LocalAlarms {
    /// Loads the alarms and watches the outcomes (`LocalFunctions::outcomes`) from then on, in a task that
    /// ends when the alarms are dropped.
    pub async fn open(
        table: Arc<dyn Table>,
        scope: Scope,
        outcomes: Arc<Outcomes>,
    ) -> Result<Arc<Self>, AlarmError> {
        let judge = Mutex::default();
        let alarms = Self { table, scope, outcomes, judge, changes: broadcast::Sender::new(CHANGES) };
        let loaded = alarms.load().await?;
        alarms.judge().alarms = loaded;
        let alarms = Arc::new(alarms);
        tokio::spawn(watch(Arc::downgrade(&alarms), Arc::clone(&alarms.outcomes)));
        Ok(alarms)
    }

    /// Makes an alarm or changes its rule. Without a rule it is what it is set to, OK at first.
    pub async fn put(&self, name: &str, rule: Option<AlarmRule>) -> Result<(), AlarmError> {
        check_name(name)?;
        if let Some(rate) = rule.as_ref().map(|rule| rule.max_error_rate)
            && !(0.0..=1.0).contains(&rate)
        {
            return Err(AlarmError::Rate(rate.to_string()));
        }
        let state = match (&rule, self.state(name)) {
            (Some(_), _) => AlarmState::InsufficientData,
            (None, found) => found.unwrap_or(AlarmState::Ok),
        };
        self.save(name, rule, state).await
    }

    /// Sets an alarm's state. A computed alarm keeps it until the next invocation of its function.
    pub async fn set(&self, name: &str, state: AlarmState) -> Result<(), AlarmError> {
        let rule = self.judge().alarms.get(name).map(|standing| standing.rule.clone());
        let rule = rule.ok_or_else(|| AlarmError::NoAlarm(name.to_owned()))?;
        self.save(name, rule, state).await
    }

    /// All alarms, by name.
    pub fn list(&self) -> Vec<AlarmView> {
        self.compute();
        let view = |(name, standing): (&String, &Standing)| AlarmView {
            name: name.clone(),
            rule: standing.rule.clone(),
            state: standing.state,
        };
        self.judge().alarms.iter().map(view).collect()
    }

    /// Tells of every change of a state from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<AlarmChange> {
        self.changes.subscribe()
    }

    async fn save(&self, name: &str, rule: Option<AlarmRule>, state: AlarmState) -> Result<(), AlarmError> {
        let record = AlarmRecord { rule: rule.clone(), state: state.into() };
        let body = serde_json::to_string(&record).map_err(|error| unreadable(name, &error))?;
        self.table.put_if(Item::new(self.key(name), 1, body), Expect::Anything).await?;
        let ever = |rule: &AlarmRule| self.outcomes.tally(&rule.function, &rule.version).ever;
        let by_hand_at = rule.as_ref().filter(|_| state != AlarmState::InsufficientData).map(ever);
        let mut judge = self.judge();
        let before = judge.alarms.insert(name.to_owned(), Standing { rule, state, by_hand_at });
        if before.map(|standing| standing.state) != Some(state) {
            self.tell(AlarmChange { name: name.to_owned(), state });
        }
        drop(judge);
        // The watching task may have had no rule to watch so far.
        self.outcomes.nudge();
        Ok(())
    }

    async fn load(&self) -> Result<BTreeMap<String, Standing>, AlarmError> {
        let mut query = Query {
            index: Index::Main,
            pk: self.key("").pk,
            range: Range::Prefix(SORT_PREFIX.to_owned()),
            descending: false,
            limit: 1000,
            after: None,
        };
        let mut found = BTreeMap::new();
        loop {
            let page = self.table.query(query.clone()).await?;
            for item in page.items {
                let name = item.key.sk[SORT_PREFIX.len()..].to_owned();
                let record: AlarmRecord =
                    serde_json::from_str(&item.body).map_err(|error| unreadable(&name, &error))?;
                let state = match record.rule {
                    Some(_) => AlarmState::InsufficientData,
                    None => record.state.into(),
                };
                found.insert(name, Standing { rule: record.rule, state, by_hand_at: None });
            }
            query.after = page.next;
            if query.after.is_none() {
                return Ok(found);
            }
        }
    }

    fn state(&self, name: &str) -> Option<AlarmState> {
        self.judge().alarms.get(name).map(|standing| standing.state)
    }

    fn compute(&self) {
        let mut judge = self.judge();
        for change in judge.compute(&self.outcomes) {
            self.tell(change);
        }
    }

    /// Called with the judge locked, so that changes are told in their order.
    fn tell(&self, change: AlarmChange) {
        // Nobody has to listen.
        let _ = self.changes.send(change);
    }

    fn judge(&self) -> MutexGuard<'_, Judge> {
        self.judge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, name: &str) -> Key {
        Key::new(format!("{}/LOCAL", self.scope), format!("{SORT_PREFIX}{name}"))
    }
}

#[async_trait]
impl Alarms for LocalAlarms {
    async fn states(&self, names: &[String]) -> Result<BTreeMap<String, AlarmState>, CallError> {
        self.compute();
        let judge = self.judge();
        let found = names.iter().filter_map(|name| Some((name.clone(), judge.alarms.get(name)?.state)));
        Ok(found.collect())
    }
}

/// Computes after every invocation, and every second while there is something to compute.
async fn watch(alarms: Weak<LocalAlarms>, outcomes: Arc<Outcomes>) {
    loop {
        let Some(strong) = alarms.upgrade() else { return };
        strong.compute();
        let wait = if strong.judge().has_rules() { EVERY } else { EVERY * 60 };
        drop(strong);
        // Whether woken or not, there is a look.
        let _ = tokio::time::timeout(wait, outcomes.changed()).await;
    }
}

fn check_name(name: &str) -> Result<(), AlarmError> {
    if (1..=255).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(AlarmError::Name(name.to_owned()))
    }
}

fn unreadable(name: &str, error: &serde_json::Error) -> AlarmError {
    AlarmError::Record { name: name.to_owned(), why: error.to_string() }
}
