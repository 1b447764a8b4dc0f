//! AcceptOrder: a host asks whether it may begin.

use cutover_core::fleet::accept::Accept;
use cutover_core::ids::{DeploymentId, ShardId};
use cutover_wire::api::agent::{AcceptOrderInput, AcceptOrderOutput};

use crate::error::{Answer, refuse};
use crate::rules::{Valid, given};
use crate::service::{Caller, Service};

impl Service {
    /// AcceptOrder. "Granted" is said only once the board knows it: a withdrawal that was committed before wins, and one
    /// that comes later waits for the host. Asking twice gets the same answer.
    pub async fn accept_order(
        &self,
        caller: &Caller,
        input: Valid<AcceptOrderInput>,
    ) -> Answer<AcceptOrderOutput> {
        let host = given(&input.host_name);
        if !caller.may_be_host(host) {
            return Err(refuse("AccessDeniedException", "A host asks for itself alone."));
        }
        let Some(shards) = &self.shards else {
            return Err(refuse("InvalidOperationException", "This service does not deploy to hosts."));
        };
        let id = ShardId {
            scope: caller.scope.clone(),
            deployment: DeploymentId::new(given(&input.deployment_id)),
            shard: input.shard.unwrap_or(0),
        };
        let seat = (input.index.unwrap_or(0), input.attempt.unwrap_or(1));
        let answer = shards.accept(&id, host, given(&input.order_id), seat).await;
        Ok(match answer? {
            Accept::Granted => AcceptOrderOutput { granted: true, reason: None },
            Accept::Withdrawn(refusal) => {
                AcceptOrderOutput { granted: false, reason: Some(refusal.to_string()) }
            }
        })
    }
}
