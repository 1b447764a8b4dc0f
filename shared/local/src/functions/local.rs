//! Functions of one machine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cutover_core::alias::AliasState;
use cutover_core::ids::Scope;
use cutover_ports::clock::Entropy;
use cutover_ports::table::{Expect, Item, Key, Table, TableError};

use super::calls::Calls;
use super::error::FunctionError;
use super::names;
use super::outcomes::Outcomes;
use super::record::{AliasRecord, FunctionRecord, PublishedVersion};
use super::runner::{Endpoint, Runner, TIME_LIMIT};
use super::shelf::Shelf;
use super::view::{AliasView, FunctionView, Invocation};

/// Tries of a change before it gives up.
const TRIES: usize = 16;
const SORT_PREFIX: &str = "FN#";

/// Functions, their versions and aliases. Records stand in the table; executables lie in
/// `DATA/functions`.
pub struct LocalFunctions {
    pub(super) table: Arc<dyn Table>,
    pub(super) scope: Scope,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) calls: Calls,
    runner: Arc<Runner>,
    /// One publication at a time: each needs the next number and its directory.
    publishing: tokio::sync::Mutex<()>,
}

impl LocalFunctions {
    /// The functions of this table and data directory. `endpoint` is the service's own address, which
    /// functions are told, such as `http://127.0.0.1:4599`.
    pub fn new(
        table: Arc<dyn Table>,
        data: &Path,
        scope: Scope,
        endpoint: impl Into<Endpoint>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self::with_time_limit(table, data, scope, endpoint, entropy, TIME_LIMIT)
    }

    /// The same with another limit than 60 s to a run.
    pub fn with_time_limit(
        table: Arc<dyn Table>,
        data: &Path,
        scope: Scope,
        endpoint: impl Into<Endpoint>,
        entropy: Arc<dyn Entropy>,
        limit: Duration,
    ) -> Self {
        let runner = Arc::new(Runner::new(Shelf::new(data), &scope, endpoint.into(), limit));
        let calls = Calls::new(table.clone(), scope.clone(), Arc::clone(&runner));
        let publishing = tokio::sync::Mutex::new(());
        Self { table, scope, entropy, calls, runner, publishing }
    }

    /// Publishes an executable as the function's next version and returns that: `1`, `2`, … The file is
    /// copied, so a published version never changes.
    pub async fn publish(&self, name: &str, command: &Path) -> Result<String, FunctionError> {
        names::check_function(name)?;
        let _turn = self.publishing.lock().await;
        let published = self.find(name).await?.map_or(0, |record| record.versions.len());
        let version = (published + 1).to_string();
        let file = self.runner.shelf.publish(name, &version, command)?;
        self.edit(name, |record| {
            record.versions.push(PublishedVersion { version: version.clone(), file: file.clone() });
            Ok(())
        })
        .await?;
        Ok(version)
    }

    /// Points an alias at a version, all traffic; makes the alias where there is none.
    pub async fn put_alias(
        &self,
        name: &str,
        alias: &str,
        version: &str,
    ) -> Result<AliasView, FunctionError> {
        names::check_function(name)?;
        names::check_alias(alias)?;
        let revision_id = self.revision_id();
        let state = AliasState::whole(version);
        self.edit(name, |record| {
            record.check(name, alias, &state)?;
            let changed = AliasRecord { state: state.clone(), revision_id: revision_id.clone() };
            record.aliases.insert(alias.to_owned(), changed);
            Ok(())
        })
        .await?;
        Ok(AliasView { version: version.to_owned(), weights: Default::default(), revision_id })
    }

    /// A function's versions and aliases.
    pub async fn show(&self, name: &str) -> Result<FunctionView, FunctionError> {
        Ok(self.load(name).await?.view(name))
    }

    /// Runs a function and waits for its end. The qualifier is a version, an alias, whose weights are
    /// honoured by chance, or absent for the newest version.
    pub async fn invoke(
        &self,
        name: &str,
        qualifier: Option<&str>,
        payload: &[u8],
    ) -> Result<Invocation, FunctionError> {
        let record = self.load(name).await?;
        let published = record.route(name, qualifier, self.entropy.bits())?;
        self.runner.run(name, published, payload).await
    }

    /// Calls hooks again that a server was running when it ended; gives how many there are. To be done once,
    /// when the answers of hooks can be taken.
    pub async fn resume(&self) -> Result<usize, FunctionError> {
        self.calls.resume().await
    }

    /// How the last minute's invocations went.
    pub fn outcomes(&self) -> Arc<Outcomes> {
        Arc::clone(&self.runner.outcomes)
    }

    pub(super) async fn load(&self, name: &str) -> Result<FunctionRecord, FunctionError> {
        names::check_function(name)?;
        self.find(name).await?.ok_or_else(|| FunctionError::NoFunction(name.to_owned()))
    }

    /// Reads, changes and writes back, again and again while others do the same.
    pub(super) async fn edit(
        &self,
        name: &str,
        change: impl Fn(&mut FunctionRecord) -> Result<(), FunctionError>,
    ) -> Result<(), FunctionError> {
        for _ in 0..TRIES {
            let found = self.table.get(&self.key(name)).await?;
            let mut record = found.as_ref().map(|item| decode(name, item)).transpose()?.unwrap_or_default();
            change(&mut record)?;
            let (version, expect) = match &found {
                Some(item) => (item.version + 1, Expect::Version(item.version)),
                None => (1, Expect::Absent),
            };
            let item = Item::new(self.key(name), version, encode(name, &record)?);
            match self.table.put_if(item, expect).await {
                Err(TableError::Condition(_) | TableError::Contended) => {}
                result => return Ok(result?),
            }
        }
        Err(FunctionError::Busy(name.to_owned()))
    }

    /// A new one for each write, in the form of a UUID.
    pub(super) fn revision_id(&self) -> String {
        let hex = format!("{:032x}", self.entropy.bits());
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    async fn find(&self, name: &str) -> Result<Option<FunctionRecord>, FunctionError> {
        self.table.get(&self.key(name)).await?.map(|item| decode(name, &item)).transpose()
    }

    fn key(&self, name: &str) -> Key {
        Key::new(format!("{}/LOCAL", self.scope), format!("{SORT_PREFIX}{name}"))
    }
}

fn decode(name: &str, item: &Item) -> Result<FunctionRecord, FunctionError> {
    serde_json::from_str(&item.body).map_err(|error| unreadable(name, &error))
}

fn encode(name: &str, record: &FunctionRecord) -> Result<String, FunctionError> {
    serde_json::to_string(record).map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, error: &serde_json::Error) -> FunctionError {
    FunctionError::Record { function: name.to_owned(), why: error.to_string() }
}
