//! What the service keeps for its hosts: their queues, the inbox of their reports, the key that signs orders, and
//! who of them may still call.

use std::sync::Arc;

use cutover_access::error::unknown_key;
use cutover_access::pace::{Pace, Paces};
use cutover_core::ids::Scope;
use cutover_local::host_queues::HostQueues;
use cutover_ports::host_channel::ReportInbox;
use cutover_ports::table::Table;
use cutover_service::service::Service;
use cutover_store::codec::StoreError;
use cutover_store::hosts::{Host, Hosts};
use cutover_wire::api::error::ApiError;
use tokio::sync::Mutex;

use crate::auth::{Auth, Known, host_key};
use crate::key_ring::KeysError;
use crate::order_keys::OrderKeyFile;

/// Enrolments from one address: nobody has a key then whose calls could be counted.
const ENROLMENTS: Pace = Pace { per_second: 10, burst: 100 };

/// What hosts need of the service.
pub struct HostDesk {
    /// The queues that hosts poll.
    pub queues: Arc<HostQueues>,
    /// Where their reports go.
    pub reports: Arc<dyn ReportInbox>,
    /// Sign orders.
    pub order_keys: OrderKeyFile,
    pub(crate) service: Arc<Service>,
    pub(crate) enrolments: Paces,
    /// One enrolment at a time: no other one's new key is taken for an old one.
    pub(crate) turn: Mutex<()>,
    hosts: Hosts,
}

impl HostDesk {
    /// Over this service and its store.
    pub fn new(
        service: Arc<Service>,
        table: Arc<dyn Table>,
        queues: Arc<HostQueues>,
        reports: Arc<dyn ReportInbox>,
        order_keys: OrderKeyFile,
    ) -> Self {
        let (enrolments, turn, hosts) = (Paces::new(ENROLMENTS), Mutex::new(()), Hosts::new(table));
        Self { queues, reports, order_keys, service, enrolments, turn, hosts }
    }

    /// Refuses a host that is not enrolled any more, or calls with another key than its own. What the store says
    /// of the host decides: an end to its key may still be on its way.
    pub async fn check(&self, known: &Known) -> Result<(), ApiError> {
        let Some(name) = known.caller.host() else { return Ok(()) };
        let found = self.enrolled(&known.caller.scope, name).await?;
        match found.filter(|host| host.access_keys().any(|key| *key == known.counted)) {
            Some(_) => Ok(()),
            None => Err(unknown_key()),
        }
    }

    /// The enrolled host of that name.
    pub(crate) async fn enrolled(&self, scope: &Scope, name: &str) -> Result<Option<Host>, ApiError> {
        let found = self.hosts.find(scope, name).await.map_err(unread)?;
        Ok(found.map(|(host, _)| host).filter(Host::is_enrolled))
    }

    /// Ends what a deregistered host has: its keys, its messages, its polls.
    pub(crate) async fn cut_off(&self, auth: &Auth, scope: &Scope, host: &str, by: Option<&str>) {
        let _turn = self.turn.lock().await;
        self.end_old_keys(auth, scope, host, by).await;
        self.queues.clear(scope, host);
    }

    /// Revokes every key of hosts of that name that none of them has in any region. One that cannot be revoked
    /// now is refused all the same: see [`HostDesk::check`].
    pub(crate) async fn end_old_keys(&self, auth: &Auth, scope: &Scope, name: &str, by: Option<&str>) {
        let Auth::Keys(ring, regions) = auth else { return };
        let ended = async {
            let mut current = Vec::new();
            for region in regions {
                let found = self.hosts.find(&Scope::new(&scope.account, region), name).await?;
                current.extend(found.iter().flat_map(|(host, _)| host.access_keys().cloned()));
            }
            ring.revoke_named(&host_key(name), &current, by).await
        };
        if let Err(error) = ended.await {
            let error: KeysError = error;
            tracing::warn!(host = name, %error, "an old key of the host is not revoked yet, though refused");
        }
    }
}

pub(crate) fn unread(error: StoreError) -> ApiError {
    match error {
        StoreError::Broken(_) => {
            tracing::error!(%error, "the host cannot be read");
            ApiError::internal("The request failed inside the service; its log says why.")
        }
        error => ApiError::unavailable(format!("Try again in a moment: {error}")),
    }
}
