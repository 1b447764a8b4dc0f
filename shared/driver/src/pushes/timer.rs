//! Who is told to look at what waits for a group: at once when the group is released, and by the sweep otherwise.

use cutover_core::ids::{GroupId, Scope};
use cutover_core::queue::QueueName;
use cutover_ports::queue::{Outgoing, QueueError};
use cutover_store::codec::StoreError;
use cutover_store::pushes::{self, QueueTimer};
use cutover_wire::envelope::Envelope;

use crate::driver::{Driver, DriverError};
use crate::sweep::SweepReport;

/// How long after an arrival the sweep has somebody look.
pub(super) const FIRST_LOOK_MS: u64 = 60_000;
/// The longest pause between two looks.
const LONGEST_MS: u64 = 960_000;

impl Driver {
    async fn send_turn(&self, scope: &Scope, group: &GroupId) -> Result<(), QueueError> {
        let body = Envelope::turn(scope.clone(), group.clone(), self.clock.now()).encode();
        self.queue.send(Outgoing { queue: QueueName::PushTrigger, body, delay_ms: 0 }).await
    }

    /// Has somebody look at what waits for a group; if that cannot be sent, the sweep does it.
    pub(crate) async fn turn_or_leave(&self, scope: &Scope, group: &GroupId) {
        if let Err(error) = self.send_turn(scope, group).await {
            tracing::warn!(%group, %error, "a turn is left to the sweep");
        }
    }

    /// Has somebody look when that is due, and less and less often as long as nobody arrives.
    pub(crate) async fn sweep_queue(
        &self,
        scope: &Scope,
        group: &GroupId,
        restarted: bool,
        report: &mut SweepReport,
    ) -> Result<(), DriverError> {
        let failed = |source| DriverError::Group { group: group.clone(), source };
        let table = self.deployments.table().as_ref();
        let Some((timer, version)) = pushes::timer(table, scope, group).await.map_err(failed)? else {
            return Ok(());
        };
        let now = self.clock.now();
        if timer.due_at > now && !restarted {
            return Ok(());
        }
        let pause = (FIRST_LOOK_MS << timer.rounds.min(8)).min(LONGEST_MS);
        let again = QueueTimer::new(now.plus_ms(pause), timer.rounds.saturating_add(1));
        match pushes::set_timer(table, (scope, group), &again, version).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Ok(()),
            Err(source) => return Err(failed(source)),
        }
        self.send_turn(scope, group).await?;
        report.sent += 1;
        Ok(())
    }
}
