//! A port's call as data: the worker asks and sleeps, the world decides when it lands and what is answered.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use cutover_core::alias::AliasState;
use cutover_core::queue::QueueName;
use cutover_core::scaling::{Processes, Suspended};
use cutover_ports::alarms::AlarmState;
use cutover_ports::aliases::AliasReading;
use cutover_ports::call::CallError;
use cutover_ports::hooks::HookPayload;
use cutover_ports::inventory::FoundHost;
use cutover_ports::queue::{Outgoing, QueueError};
use cutover_ports::table::{Expect, Item, Key, Page, Query, TableError, Write};

use super::tasks::TaskId;
use crate::faults::{Fault, Kind};

/// What is asked of a port.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Get(Key),
    BatchGet(Vec<Key>),
    Put(Item, Expect),
    Transact(Vec<Write>),
    Query(Query),
    Due { pk: String, until: String, limit: usize },
    Send(Outgoing),
    ReadAlias,
    SetAlias { set: AliasState, revision: String },
    VersionExists,
    Invoke { function: String, payload: HookPayload },
    Alarms(Vec<String>),
    Hosts,
    Suspended(Vec<String>),
    Suspend(Processes),
    Resume(Processes),
    Order { host: String, body: String },
    Tell { listener: String, id: String },
}

impl Op {
    /// Which call it is.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Get(_) | Self::BatchGet(_) => Kind::Get,
            Self::Put(..) => Kind::Put,
            Self::Transact(_) => Kind::Transact,
            Self::Query(_) | Self::Due { .. } => Kind::Query,
            Self::Send(_) => Kind::Send,
            Self::ReadAlias => Kind::ReadAlias,
            Self::SetAlias { .. } => Kind::SetAlias,
            Self::VersionExists => Kind::VersionExists,
            Self::Invoke { .. } => Kind::Invoke,
            Self::Alarms(_) => Kind::Alarms,
            Self::Hosts => Kind::Hosts,
            Self::Suspended(_) => Kind::Suspended,
            Self::Suspend(_) => Kind::Suspend,
            Self::Resume(_) => Kind::Resume,
            Self::Order { .. } => Kind::Order,
            Self::Tell { .. } => Kind::Tell,
        }
    }

    /// Whether it is part of an act.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(
            self,
            Self::ReadAlias
                | Self::SetAlias { .. }
                | Self::VersionExists
                | Self::Invoke { .. }
                | Self::Alarms(_)
                | Self::Hosts
                | Self::Suspended(_)
                | Self::Suspend(_)
                | Self::Resume(_)
        )
    }

    /// The answer of a call that failed and may be made again.
    pub(crate) fn failed(&self, words: &str) -> Reply {
        let table = || TableError::Unavailable(words.to_owned());
        match self {
            Self::Get(_) => Reply::Item(Err(table())),
            Self::BatchGet(_) => Reply::Items(Err(table())),
            Self::Put(..) | Self::Transact(_) => Reply::Written(Err(table())),
            Self::Query(_) => Reply::Page(Err(table())),
            Self::Due { .. } => Reply::Keys(Err(table())),
            Self::Send(_) | Self::Order { .. } => Reply::Sent(Err(QueueError { message: words.to_owned() })),
            outside => outside.answered(CallError::Transient { message: words.to_owned() }),
        }
    }

    /// The answer of a call of an act that failed so.
    pub(crate) fn answered(&self, error: CallError) -> Reply {
        match self {
            Self::ReadAlias => Reply::Reading(Err(error)),
            Self::Alarms(_) => Reply::States(Err(error)),
            Self::Hosts => Reply::Hosts(Err(error)),
            Self::Suspended(_) => Reply::Suspended(Err(error)),
            _ => Reply::Called(Err(error)),
        }
    }

    /// Whether it does what its act asks for, and does not only look before.
    pub(crate) fn changes(&self) -> bool {
        matches!(self, Self::SetAlias { .. } | Self::Invoke { .. } | Self::Suspend(_) | Self::Resume(_))
    }
}

/// What a port answers.
#[derive(Debug)]
pub(crate) enum Reply {
    Item(Result<Option<Item>, TableError>),
    Items(Result<Vec<Item>, TableError>),
    Written(Result<(), TableError>),
    Page(Result<Page, TableError>),
    Keys(Result<Vec<Key>, TableError>),
    Sent(Result<(), QueueError>),
    Reading(Result<AliasReading, CallError>),
    Called(Result<(), CallError>),
    States(Result<BTreeMap<String, AlarmState>, CallError>),
    Hosts(Result<Vec<FoundHost>, CallError>),
    Suspended(Result<Suspended, CallError>),
}

/// A call under way.
pub(crate) struct Flight {
    /// Who waits for it, and under which number, if anybody still does.
    pub(crate) task: Option<(TaskId, CallId)>,
    /// What was asked.
    pub(crate) op: Op,
    /// What goes wrong when it lands.
    pub(crate) fault: Option<Fault>,
    /// The queue of whoever asked, if it is a phase's function.
    pub(crate) queue: Option<QueueName>,
    /// How many rounds of function and queue led to it.
    pub(crate) rounds: u32,
    /// The deployment and the claim under which it was made.
    pub(crate) claim: Option<(usize, u64)>,
}

/// Tells the calls apart that a worker makes at the same time.
pub(crate) type CallId = u64;

/// Where the running worker and the world leave things for each other.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    /// What the running worker has just asked.
    pub(crate) asked: Vec<(CallId, Op)>,
    replies: BTreeMap<CallId, Reply>,
    /// Who is to be told of an answer: a worker with several calls under way looks only at those of which it is.
    wakers: BTreeMap<CallId, Waker>,
    next: CallId,
    /// The running worker's clock.
    pub(crate) now: i64,
}

impl Mailbox {
    /// Leaves an answer, and gives the one to be told.
    pub(crate) fn leave(&mut self, call: CallId, reply: Reply) -> Option<Waker> {
        self.replies.insert(call, reply);
        self.wakers.remove(&call)
    }
}

/// Locks what only one thread ever touches.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call: asks when first polled, and is ready once the world has left an answer.
pub(crate) struct Call {
    mailbox: Arc<Mutex<Mailbox>>,
    op: Option<Op>,
    number: CallId,
}

impl Call {
    pub(crate) fn new(mailbox: &Arc<Mutex<Mailbox>>, op: Op) -> Self {
        Self { mailbox: mailbox.clone(), op: Some(op), number: 0 }
    }
}

impl Future for Call {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        let asking = self.op.take();
        let shared = self.mailbox.clone();
        let mut mailbox = lock(&shared);
        if let Some(op) = asking {
            mailbox.next += 1;
            self.number = mailbox.next;
            mailbox.asked.push((self.number, op));
        } else if let Some(reply) = mailbox.replies.remove(&self.number) {
            return Poll::Ready(reply);
        }
        mailbox.wakers.insert(self.number, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Call {
    /// Whoever is gone is told of nothing.
    fn drop(&mut self) {
        let waker = {
            let mut mailbox = lock(&self.mailbox);
            mailbox.replies.remove(&self.number);
            mailbox.wakers.remove(&self.number)
        };
        drop(waker);
    }
}
