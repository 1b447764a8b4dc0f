//! Hints to the notifier. What is to be told stands in the table; a hint that is lost is made up for by the sweep.

use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_core::queue::QueueName;
use cutover_ports::queue::{Outgoing, QueueError};
use cutover_store::codec::StoreError;
use cutover_store::key::{NOTICE_BUCKETS, Timed};
use cutover_store::plans::Planned;
use cutover_wire::envelope::Envelope;

use crate::driver::Driver;
use crate::sweep::GRACE_MS;

/// Things to tell per bucket and sweep; the earliest come first, the rest next time.
const PER_BUCKET: usize = 500;

impl Driver {
    /// Hints that somebody may have to be told of the deployment, or of the hosts of that shard, so much later.
    pub async fn hint(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        shard: Option<u16>,
        delay_ms: u64,
    ) -> Result<(), QueueError> {
        let body = Envelope::notify(scope.clone(), id.clone(), shard, self.clock.now()).encode();
        let delay_ms = delay_ms.min(MAX_QUEUE_DELAY_MS);
        self.queue.send(Outgoing { queue: QueueName::Notify, body, delay_ms }).await
    }

    /// The same for what was just committed; what cannot be sent now is left to the sweep.
    pub(crate) async fn hint_or_leave(&self, planned: &Planned, delay_ms: u64) {
        if planned.record.audience.is_empty() {
            return;
        }
        let (scope, id) = (&planned.plan.scope, &planned.plan.deployment);
        if let Err(error) = self.hint(scope, id, None, delay_ms).await {
            tracing::warn!(deployment = %id, %error, "hint left to the sweep");
        }
    }

    /// One round over all that should have been told by now: how many hints were sent. With `restarted` those that are
    /// on their way are counted as lost.
    pub async fn sweep_notices(&self, restarted: bool) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let until = match restarted {
            true => now.plus_ms(MAX_QUEUE_DELAY_MS),
            false => cutover_core::time::Timestamp::from_millis(now.as_millis() - GRACE_MS as i64),
        };
        let mut sent = 0;
        for bucket in 0..NOTICE_BUCKETS {
            for timed in self.notices.due(bucket, until, PER_BUCKET).await? {
                let hinted = match &timed {
                    Timed::Deployment(scope, id) => self.hint(scope, id, None, 0).await,
                    Timed::Shard(id) => self.hint(&id.scope, &id.deployment, Some(id.shard), 0).await,
                    Timed::Queue(..) => continue,
                };
                match hinted {
                    Ok(()) => sent += 1,
                    Err(error) => tracing::warn!(?timed, %error, "left to the next sweep"),
                }
            }
        }
        Ok(sent)
    }
}
