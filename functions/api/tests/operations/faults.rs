use std::sync::Mutex;

use async_trait::async_trait;
use cutover_local::memory::MemoryTable;
use cutover_ports::table::{Expect, Item, Key, Page, Query, Table, TableError, Write};
use serde_json::json;

use crate::world::{World, deployment};

/// What the table does wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// The next transactions are written, but their answers are lost.
    LostAnswers(usize),
    /// The next transactions are not written.
    Throttled(usize),
    /// Audit records cannot be put, or their outcomes cannot: those that expect this.
    Audit(Expect),
    /// Nothing is reached.
    Down,
    /// Nothing works any more.
    Broken,
}

/// A table in memory with faults.
#[derive(Default)]
pub(crate) struct FaultyTable {
    inner: MemoryTable,
    pub(crate) fault: Mutex<Fault>,
}

impl FaultyTable {
    /// Every item.
    pub(crate) fn dump(&self) -> Vec<Item> {
        self.inner.dump()
    }

    fn reach(&self) -> Result<(), TableError> {
        match *self.fault.lock().unwrap() {
            Fault::Down => Err(TableError::Unavailable("no route".to_owned())),
            Fault::Broken => Err(TableError::Broken("/var/lib/table: disk full".to_owned())),
            _ => Ok(()),
        }
    }

    fn next(&self) -> Fault {
        let mut fault = self.fault.lock().unwrap();
        let now = *fault;
        *fault = match now {
            Fault::LostAnswers(n) if n > 1 => Fault::LostAnswers(n - 1),
            Fault::Throttled(n) if n > 1 => Fault::Throttled(n - 1),
            Fault::LostAnswers(_) | Fault::Throttled(_) => Fault::None,
            lasting => lasting,
        };
        now
    }
}

#[async_trait]
impl Table for FaultyTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.reach()?;
        self.inner.get(key).await
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        self.reach()?;
        self.inner.batch_get(keys).await
    }

    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        self.reach()?;
        if *self.fault.lock().unwrap() == Fault::Audit(expect) && item.key.pk.contains("/AUDIT#") {
            return Err(TableError::Unavailable("no route".to_owned()));
        }
        self.inner.put_if(item, expect).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        self.reach()?;
        let lost = || TableError::Unavailable("timed out".to_owned());
        match self.next() {
            Fault::Throttled(_) => Err(lost()),
            Fault::LostAnswers(_) => {
                self.inner.transact(writes).await?;
                Err(lost())
            }
            _ => self.inner.transact(writes).await,
        }
    }

    async fn query(&self, query: Query) -> Result<Page, TableError> {
        self.reach()?;
        self.inner.query(query).await
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        self.reach()?;
        self.inner.due(wake_pk, until, limit).await
    }
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_deployment() {
    for fault in [Fault::LostAnswers(1), Fault::Throttled(1), Fault::Throttled(3)] {
        let world = World::with_group(json!({})).await;
        *world.table.fault.lock().unwrap() = fault;
        let id = world.deploy(json!({})).await;
        let listed = world.ok("ListDeployments", json!({})).await;
        assert_eq!(listed["deployments"], json!([id]), "{fault:?}");
        world.run().await;
        assert_eq!(world.info(&id).await["status"], "Succeeded", "{fault:?}");
    }
}

#[tokio::test]
async fn an_unreachable_store_is_503_and_a_broken_one_500() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    let calls = [
        ("CreateApplication", json!({"applicationName": "new"})),
        ("ListApplications", json!({})),
        ("CreateDeployment", deployment(json!({}))),
        ("GetDeployment", json!({ "deploymentId": id })),
        ("StopDeployment", json!({ "deploymentId": id })),
        ("GetDeploymentGroup", json!({"applicationName": "app", "deploymentGroupName": "grp"})),
    ];
    for (fault, status, code) in
        [(Fault::Down, 503, "ServiceUnavailable"), (Fault::Broken, 500, "InternalFailure")]
    {
        *world.table.fault.lock().unwrap() = fault;
        for (operation, input) in &calls {
            let target = format!("CodeDeploy_20141006.{operation}");
            let told = world.raw(Some(&target), input.to_string().as_bytes()).await;
            assert_eq!((told.0, told.1), (status, Some(code)), "{operation}");
            assert!(!told.2.to_string().contains("/var/lib"), "{operation}: {}", told.2);
        }
    }
    *world.table.fault.lock().unwrap() = Fault::None;
    world.run().await;
    assert_eq!(world.info(&id).await["status"], "Succeeded");
}
