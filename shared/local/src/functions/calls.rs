//! Calls that nobody waits for: hooks. Each is written down before it is promised and crossed out when the
//! function has ended, so that a server that died in between makes it again when it starts: like Lambda's
//! asynchronous calls, they happen at least once. Layout: pk `ACCOUNT/REGION/LOCAL`, sk `CALL#execution
//! id`; about 300 bytes, gone with the end of the call.

use std::sync::Arc;

use cutover_core::ids::Scope;
use cutover_ports::hooks::HookPayload;
use cutover_ports::table::{Expect, Index, Item, Key, Query, Range, Table, Write};
use serde::{Deserialize, Serialize};

use super::error::FunctionError;
use super::leftovers;
use super::record::PublishedVersion;
use super::runner::Runner;

const SORT_PREFIX: &str = "CALL#";

/// A call that was promised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) function: String,
    pub(super) published: PublishedVersion,
    pub(super) event: HookPayload,
}

/// Makes calls and remembers those whose end was not seen.
#[derive(Clone)]
pub(super) struct Calls {
    table: Arc<dyn Table>,
    scope: Scope,
    runner: Arc<Runner>,
}

impl Calls {
    pub(super) fn new(table: Arc<dyn Table>, scope: Scope, runner: Arc<Runner>) -> Self {
        Self { table, scope, runner }
    }

    /// Promises a call and makes it, without waiting for its end.
    pub(super) async fn make(&self, call: Call) -> Result<(), FunctionError> {
        let body = serde_json::to_string(&call).map_err(|error| unreadable(&call.function, &error))?;
        // The same call again replaces itself.
        self.table.put_if(Item::new(self.key(&call), 1, body), Expect::Anything).await?;
        self.start(call);
        Ok(())
    }

    /// Makes the calls again whose end no server has seen; gives how many there are.
    pub(super) async fn resume(&self) -> Result<usize, FunctionError> {
        let mut query = Query {
            index: Index::Main,
            pk: self.partition(),
            range: Range::Prefix(SORT_PREFIX.to_owned()),
            descending: false,
            limit: 1000,
            after: None,
        };
        let left = leftovers::end(self.runner.shelf.root());
        if left > 0 {
            tracing::info!(left, "ended functions of a server that was killed");
        }
        let mut resumed = 0;
        loop {
            let page = self.table.query(query.clone()).await?;
            for item in &page.items {
                let call = serde_json::from_str(&item.body);
                self.start(call.map_err(|error| unreadable(&item.key.sk, &error))?);
                resumed += 1;
            }
            query.after = page.next;
            if query.after.is_none() {
                return Ok(resumed);
            }
        }
    }

    fn start(&self, call: Call) {
        let calls = self.clone();
        tokio::spawn(async move {
            let Call { function, published, event } = &call;
            let failure = match serde_json::to_vec(event) {
                Ok(event) => match calls.runner.run(function, published, &event).await {
                    Ok(invocation) => invocation.error,
                    Err(error) => Some(error.to_string()),
                },
                Err(error) => Some(error.to_string()),
            };
            if let Some(error) = failure {
                tracing::warn!(function, version = published.version, error, "a hook function failed");
            }
            let done = Write::Delete { key: calls.key(&call), expect: Expect::Anything };
            if let Err(error) = calls.table.transact(vec![done]).await {
                tracing::warn!(function, %error, "a call that is over will be made again after a restart");
            }
        });
    }

    fn partition(&self) -> String {
        format!("{}/LOCAL", self.scope)
    }

    fn key(&self, call: &Call) -> Key {
        let execution = &call.event.lifecycle_event_hook_execution_id;
        Key::new(self.partition(), format!("{SORT_PREFIX}{execution}"))
    }
}

fn unreadable(function: &str, error: &serde_json::Error) -> FunctionError {
    FunctionError::Record { function: function.to_owned(), why: error.to_string() }
}
