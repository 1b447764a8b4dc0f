//! The ports, all of one make: every call goes to the world.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::fleet_plan::Selection;
use cutover_core::ids::Scope;
use cutover_core::scaling::{Processes, Suspended};
use cutover_core::time::Timestamp;
use cutover_ports::alarms::{AlarmState, Alarms};
use cutover_ports::aliases::{AliasReading, FunctionAliases};
use cutover_ports::call::CallError;
use cutover_ports::clock::Clock;
use cutover_ports::hooks::{HookPayload, Hooks};
use cutover_ports::host_channel::HostChannel;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_ports::outgoing::{TopicMessage, Topics};
use cutover_ports::queue::{Outgoing, Queue, QueueError};
use cutover_ports::scaling::ScalingProcesses;
use cutover_ports::table::{Expect, Item, Key, Page, Query, Table, TableError, Write};

use super::call::{Call, Mailbox, Op, Reply, lock};
use crate::setup::GENESIS;

/// Every port of the world.
#[derive(Clone)]
pub(crate) struct Ports(pub(crate) Arc<Mutex<Mailbox>>);

impl Ports {
    fn call(&self, op: Op) -> Call {
        Call::new(&self.0, op)
    }
}

fn wrong_table<T>(reply: &Reply) -> Result<T, TableError> {
    Err(TableError::Broken(format!("the world answered {reply:?}")))
}

fn wrong_call<T>(reply: &Reply) -> Result<T, CallError> {
    Err(CallError::Refused { message: format!("the world answered {reply:?}") })
}

#[async_trait]
impl Table for Ports {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        match self.call(Op::Get(key.clone())).await {
            Reply::Item(result) => result,
            other => wrong_table(&other),
        }
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        match self.call(Op::BatchGet(keys.to_vec())).await {
            Reply::Items(result) => result,
            other => wrong_table(&other),
        }
    }

    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        match self.call(Op::Put(item, expect)).await {
            Reply::Written(result) => result,
            other => wrong_table(&other),
        }
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        match self.call(Op::Transact(writes)).await {
            Reply::Written(result) => result,
            other => wrong_table(&other),
        }
    }

    async fn query(&self, query: Query) -> Result<Page, TableError> {
        match self.call(Op::Query(query)).await {
            Reply::Page(result) => result,
            other => wrong_table(&other),
        }
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        match self.call(Op::Due { pk: wake_pk.to_owned(), until: until.to_owned(), limit }).await {
            Reply::Keys(result) => result,
            other => wrong_table(&other),
        }
    }
}

#[async_trait]
impl Queue for Ports {
    async fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        match self.call(Op::Send(message)).await {
            Reply::Sent(result) => result,
            other => Err(QueueError { message: format!("the world answered {other:?}") }),
        }
    }
}

impl Clock for Ports {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(GENESIS + lock(&self.0).now)
    }
}

#[async_trait]
impl FunctionAliases for Ports {
    async fn read(&self, _: &AliasRef) -> Result<AliasReading, CallError> {
        match self.call(Op::ReadAlias).await {
            Reply::Reading(result) => result,
            other => wrong_call(&other),
        }
    }

    async fn set(&self, _: &AliasRef, set: &AliasState, revision_id: &str) -> Result<(), CallError> {
        match self.call(Op::SetAlias { set: set.clone(), revision: revision_id.to_owned() }).await {
            Reply::Called(result) => result,
            other => wrong_call(&other),
        }
    }

    async fn version_exists(&self, _: &str, _: &str) -> Result<(), CallError> {
        match self.call(Op::VersionExists).await {
            Reply::Called(result) => result,
            other => wrong_call(&other),
        }
    }
}

#[async_trait]
impl Hooks for Ports {
    async fn invoke(&self, function: &str, payload: &HookPayload) -> Result<(), CallError> {
        match self.call(Op::Invoke { function: function.to_owned(), payload: payload.clone() }).await {
            Reply::Called(result) => result,
            other => wrong_call(&other),
        }
    }
}

#[async_trait]
impl Alarms for Ports {
    async fn states(&self, names: &[String]) -> Result<BTreeMap<String, AlarmState>, CallError> {
        match self.call(Op::Alarms(names.to_vec())).await {
            Reply::States(result) => result,
            other => wrong_call(&other),
        }
    }
}

#[async_trait]
impl Inventory for Ports {
    async fn select(&self, _: &Scope, _: &Selection) -> Result<Vec<FoundHost>, CallError> {
        match self.call(Op::Hosts).await {
            Reply::Hosts(result) => result,
            other => wrong_call(&other),
        }
    }
}

#[async_trait]
impl ScalingProcesses for Ports {
    async fn suspended(&self, _: &Scope, groups: &[String]) -> Result<Suspended, CallError> {
        match self.call(Op::Suspended(groups.to_vec())).await {
            Reply::Suspended(result) => result,
            other => wrong_call(&other),
        }
    }

    async fn suspend(&self, _: &Scope, of: &Processes) -> Result<(), CallError> {
        match self.call(Op::Suspend(of.clone())).await {
            Reply::Called(result) => result,
            other => wrong_call(&other),
        }
    }

    async fn resume(&self, _: &Scope, of: &Processes) -> Result<(), CallError> {
        match self.call(Op::Resume(of.clone())).await {
            Reply::Called(result) => result,
            other => wrong_call(&other),
        }
    }
}

#[async_trait]
impl HostChannel for Ports {
    async fn send(&self, _: &Scope, host: &str, body: String) -> Result<(), QueueError> {
        match self.call(Op::Order { host: host.to_owned(), body }).await {
            Reply::Sent(result) => result,
            other => Err(QueueError { message: format!("the world answered {other:?}") }),
        }
    }
}

#[async_trait]
impl Topics for Ports {
    async fn publish(&self, topic: &str, message: &TopicMessage) -> Result<(), CallError> {
        match self.call(Op::Tell { listener: topic.to_owned(), id: message.id.clone() }).await {
            Reply::Called(result) => result,
            other => wrong_call(&other),
        }
    }
}
