//! What hosts report: checked against the roster, kept if it is final, and told to the board, a batch in one commit.

use cutover_core::fleet::accept::{Accept, may_begin};
use cutover_core::fleet::board::Board;
use cutover_core::fleet::event::{Report as Heard, ShardEvent, Told};
use cutover_core::fleet::host_event::HostEvent;
use cutover_core::ids::ShardId;
use cutover_core::time::Timestamp;
use cutover_store::fleets::Rostered;
use cutover_wire::agent::order::Seat;
use cutover_wire::agent::report::{EventResult, EventStatus, News, Report};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Shards, failed, orders::order_id};
use crate::driver::DriverError;

/// Kept reports that are read at once.
const AT_A_TIME: usize = 100;
/// Reports that are kept at the same time.
const KEPT_AT_A_TIME: usize = 32;

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Reports about a host that is not in the roster, or about an order that was never given.
    pub strange: usize,
}

impl Shards {
    /// Takes in a batch of authentic reports about one shard.
    pub async fn take(&self, id: &ShardId, reports: &[Report]) -> Result<Taken, DriverError> {
        let Some((rostered, stored)) = self.load(id).await? else {
            return Ok(Taken { strange: reports.len() });
        };
        let known: Vec<&Report> =
            reports.iter().filter(|r| seated(id, &rostered, (&r.host, &r.order, r.seat))).collect();
        let taken = Taken { strange: reports.len() - known.len() };
        let finals = known.iter().filter(|report| report.news.is_final() && awaited(&stored.board, report));
        let keeps: Vec<_> = finals
            .copied()
            .map(|report| async move {
                let kept = self.fleets().keep(id, report, self.driver.clock.now()).await;
                kept.map_err(|source| failed(id, source))
            })
            .collect();
        stream::iter(keeps).buffer_unordered(KEPT_AT_A_TIME).try_collect::<()>().await?;
        if !known.is_empty() {
            let reports = known.into_iter().map(heard).collect();
            self.report(id, reports).await?;
        }
        Ok(taken)
    }

    /// Final reports of hosts that would be given up now: kept, and never counted because whoever kept them died. They
    /// are counted before anything else is.
    pub(super) async fn uncounted(
        &self,
        id: &ShardId,
        rostered: &Rostered,
        board: &Board,
        now: Timestamp,
    ) -> Result<Option<ShardEvent>, DriverError> {
        let late = board.in_flight.iter().filter(|(_, flight)| now >= board.instant(flight.due_secs));
        let name =
            |(index, _): (&u16, _)| Some(rostered.roster.hosts.get(usize::from(*index))?.name.as_str());
        let names: Vec<&str> = late.filter_map(name).collect();
        let mut reports = Vec::new();
        for names in names.chunks(AT_A_TIME) {
            let kept = self.fleets().targets(id, names).await.map_err(|source| failed(id, source))?;
            let reported = kept.iter().map(|target| &target.report);
            reports.extend(reported.filter(|report| awaited(board, report)).map(heard));
        }
        Ok((!reports.is_empty()).then_some(ShardEvent::Reports { reports }))
    }

    /// Whether the host that calls itself so may begin this order now. Granted is said only once that is committed.
    pub async fn accept(
        &self,
        id: &ShardId,
        host: &str,
        order: &str,
        (index, attempt): (u16, u16),
    ) -> Result<Accept, DriverError> {
        use cutover_core::fleet::accept::Refusal;
        let refused = Ok(Accept::Withdrawn(Refusal::NoOrder));
        let Some(rostered) = self.roster(id).await? else { return refused };
        let seat = Seat { shard: id.shard, index, segment: 0, attempt };
        if !seated(id, &rostered, (host, order, seat)) {
            return refused;
        }
        let reports = vec![Heard { index, attempt, what: Told::Asked }];
        match self.report(id, reports).await? {
            Some(board) => Ok(may_begin(&board, index, attempt, self.driver.clock.now())),
            None => refused,
        }
    }
}

/// Whether the host of that name has this seat, and was given this order there.
fn seated(id: &ShardId, rostered: &Rostered, (name, order, seat): (&str, &str, Seat)) -> bool {
    let host = rostered.roster.hosts.get(usize::from(seat.index));
    host.is_some_and(|host| host.name == name) && order_id(id, name, seat) == order
}

/// Whether the board still waits for what comes of this order.
fn awaited(board: &Board, report: &Report) -> bool {
    let flight = board.in_flight.get(&report.seat.index);
    flight.is_some_and(|flight| flight.attempt == report.seat.attempt)
}

fn heard(report: &Report) -> Heard {
    let event = |found: Option<&EventResult>| found.and_then(|found| HostEvent::parse(&found.event));
    let last = || event(report.events.last());
    let failed = || event(report.events.iter().find(|result| result.status == EventStatus::Failed));
    let what = match report.news {
        News::Busy => Told::Busy,
        News::Accepted | News::Beat => Told::Beat { event: last() },
        News::Succeeded => Told::Final { ok: true, failed_event: None },
        News::Failed => Told::Final { ok: false, failed_event: failed() },
    };
    Heard { index: report.seat.index, attempt: report.seat.attempt, what }
}
