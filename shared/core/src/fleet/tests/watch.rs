//! What every commit of a shard must keep.

use std::ops::Range;

use super::fixture::Case;
use crate::deployment::Verdict;
use crate::fleet::board::Board;
use crate::fleet::cell::Cell;
use crate::fleet::roster::HealthClass;
use crate::fleet::words::host_message;

/// Looks at every host: how many serve, whatever the engine counts.
fn serving(case: &Case, board: &Board, hosts: Range<usize>) -> usize {
    hosts
        .filter(|place| match board.cells[*place] {
            Cell::Succeeded => true,
            Cell::Waiting | Cell::Skipped => case.roster.hosts[*place].class != HealthClass::Unhealthy,
            _ => false,
        })
        .count()
}

/// In a run of hosts: at most `size − must` in flight, no fewer serving than must or than served at the start, and
/// at most `size − must` unavailable that were not Unhealthy before.
fn enough_serve(case: &Case, hosts: Range<usize>, must: usize) {
    let (board, allowed) = (&case.board, hosts.len() - must);
    let flies = |place: usize| board.in_flight.contains_key(&(place as u16));
    let was_healthy = |place: usize| case.roster.hosts[place].class != HealthClass::Unhealthy;
    let in_flight = hosts.clone().filter(|p| flies(*p)).count();
    assert!(in_flight <= allowed, "{in_flight} in flight, {allowed} may be: {}", case.cells());
    let gone = |place: usize| flies(place) || board.cells[place].has_failed();
    let unavailable = hosts.clone().filter(|p| was_healthy(*p) && gone(*p)).count();
    assert!(unavailable <= allowed, "{unavailable} unavailable, {allowed} may be: {}", case.cells());
    let at_start = hosts.clone().filter(|p| was_healthy(*p)).count();
    let now = serving(case, board, hosts);
    assert!(now >= must.min(at_start), "{now} serve of {at_start}, {must} must: {}", case.cells());
}

/// Checks the step from `old` to the case's board.
pub(super) fn check(old: &Board, case: &Case) {
    let new = &case.board;
    assert_eq!(new.epoch, old.epoch + 1);
    for (before, after) in old.cells.iter().zip(&new.cells) {
        assert!(!before.is_final() || before == after, "{before:?} became {after:?}");
    }
    for (place, cell) in new.cells.iter().enumerate() {
        let index = place as u16;
        let open = matches!(cell, Cell::Ordered | Cell::Running);
        assert_eq!(open, new.in_flight.contains_key(&index), "{cell:?}");
        let message = host_message(&case.rule, &case.roster, new, index);
        assert_eq!(message.is_some(), cell.is_final() && *cell != Cell::Succeeded, "{message:?}");
    }
    enough_serve(case, 0..case.roster.hosts.len(), case.rule.minimum as usize);
    if let Some(zonal) = &case.rule.zonal {
        one_zone_at_a_time(case);
        for zone in case.roster.zones() {
            enough_serve(case, zone.clone(), zonal.minimum(zone.len() as u32) as usize);
        }
    }
    timed(case);
    assert!(old.stopping.is_none() || new.wave == old.wave, "an order after the last");
    if new.withdrawn.is_some() {
        assert_eq!(new.orders(0), []);
        let ordered = |board: &Board| board.cells.iter().filter(|c| **c == Cell::Ordered).count();
        assert!(old.withdrawn.is_none() || ordered(new) <= ordered(old));
        assert!(!new.cells.contains(&Cell::Waiting));
    }
    ended(case);
    let text = serde_json::to_string(new).expect("JSON");
    assert!(text.len() < 16 * 1024, "{} bytes", text.len());
    assert_eq!(&serde_json::from_str::<Board>(&text).expect("a board"), new);
}

fn one_zone_at_a_time(case: &Case) {
    for (number, zone) in case.roster.zones().into_iter().enumerate() {
        let cells = &case.board.cells[zone];
        let place = usize::from(case.board.zone);
        assert!(number >= place || cells.iter().all(|c| c.is_final()), "an earlier zone is not over");
        let untouched = cells.iter().all(|c| matches!(c, Cell::Waiting | Cell::Skipped));
        assert!(number <= place || untouched, "a later zone was touched");
    }
}

/// One timer: the earliest of everything that is waited for.
fn timed(case: &Case) {
    let board = &case.board;
    let deadlines = board.in_flight.values().map(|f| board.instant(f.due_secs)).chain(board.monitor_until);
    match (board.wake_at, deadlines.min()) {
        (None, earliest) => assert!(board.end.is_some() && earliest.is_none()),
        (Some(at), Some(earliest)) => assert_eq!(at, earliest),
        (Some(at), None) => assert!(at > case.now && board.end.is_none()),
    }
}

fn ended(case: &Case) {
    let Some(end) = &case.board.end else { return };
    assert!(case.board.cells.iter().all(|c| c.is_final()), "{}", case.cells());
    let enough = case.board.counts().succeeded >= case.rule.minimum.max(1);
    match end.verdict {
        Verdict::Succeeded => assert!(enough && end.message.is_none()),
        Verdict::Failed => assert!((!enough || case.rule.zonal.is_some()) && end.code.is_some()),
        Verdict::Stopped => assert!(case.board.withdrawn.is_some() && end.code.is_none()),
    }
}
