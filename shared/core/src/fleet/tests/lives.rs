//! What hosts report, what they do not, and what they are told.

use super::fixture::{Case, asked, bad, beat, granted, ok};
use crate::deployment::Verdict;
use crate::fleet::accept::{Accept, Refusal, may_begin};
use crate::fleet::cell::Cell;
use crate::fleet::event::{Report, ShardDecision, ShardEvent, Told, Why};
use crate::fleet::host_event::HostEvent::{AfterInstall, BeforeInstall, Install};
use crate::fleet::minimum::FleetMinimum::HostCount;
use crate::fleet::words::host_message;

fn withdraw() -> ShardEvent {
    ShardEvent::WithdrawAll { why: "The deployment was stopped by request.".to_owned() }
}

fn reports(reports: &[Report]) -> ShardEvent {
    ShardEvent::Reports { reports: reports.to_vec() }
}

fn told(case: &Case, index: u16) -> String {
    host_message(&case.rule, &case.roster, &case.board, index).unwrap_or_default()
}

#[test]
fn an_order_that_nobody_takes_is_sent_once_more() {
    let mut case = Case::new("nnn", HostCount(2), None);
    case.roster.hosts[0].poll_gap_ms = 20_000;
    case.begin();
    let first = case.board.orders(0);
    assert_eq!((first.len(), first[0].attempt, first[0].accept_by), (1, 1, case.now.plus_ms(80_000)));
    assert_eq!(case.board.wake_at, Some(first[0].accept_by));
    assert_eq!(case.board.orders(1), []);
    case.wake();
    let second = case.board.orders(1);
    assert_eq!((second.len(), second[0].attempt, second[0].wave), (1, 2, 2));
    assert_eq!(may_begin(&case.board, 0, 1, case.now), Accept::Withdrawn(Refusal::Replaced));
    assert_eq!(may_begin(&case.board, 0, 2, case.now), Accept::Granted);
    case.wake();
    assert_eq!((case.cells().as_str(), case.end().verdict), ("UKK", Verdict::Failed));
    assert_eq!(told(&case, 0), "h0 did not take its order within 1 min 20 s: is its agent running?");
    assert_eq!(told(&case, 1), "h1 was not started: too many other instances had failed.");
    assert_eq!(may_begin(&case.board, 0, 2, case.now), Accept::Withdrawn(Refusal::TooLate));
}

#[test]
fn a_host_that_would_rest_for_a_year_is_not_believed() {
    let mut case = Case::new("n", HostCount(0), None);
    case.roster.hosts[0].poll_gap_ms = u64::MAX;
    case.begin();
    assert_eq!(case.board.wake_at, Some(case.now.plus_ms(16 * 60_000)));
}

#[test]
fn a_host_that_is_busy_is_waited_for_while_it_says_so_and_no_longer_than_an_order_takes() {
    let busy = |attempt| reports(&[Report { index: 0, attempt, what: Told::Busy }]);
    let mut case = Case::begun("nn", HostCount(1));
    let by = case.board.orders(0)[0].accept_by;
    case.now = case.now.plus_ms(30_000);
    case.take(&busy(1));
    let later = case.now.plus_ms(case.rule.heartbeat_ms);
    assert!(later > by, "{later:?} {by:?}");
    assert_eq!((case.cells().as_str(), case.board.wake_at), ("ow", Some(later)), "still not begun");
    assert_eq!(may_begin(&case.board, 0, 1, by), Accept::Granted);
    assert_eq!(case.ignored(&busy(1)), Why::NothingNew, "said just now");
    assert_eq!(case.ignored(&busy(2)), Why::NothingNew, "another order");
    // It falls silent: another order, and then it is given up.
    case.wake();
    assert_eq!(case.board.orders(1).iter().map(|order| order.attempt).collect::<Vec<_>>(), [2]);
    // It goes on saying so: not for ever.
    let since = case.now;
    while case.cells() == "ow" {
        assert!(case.now < since.plus_ms(2 * case.rule.order_ms), "it waits for ever");
        case.now = case.now.plus_ms(30_000);
        if case.board.wake_at.is_some_and(|at| at <= case.now) {
            case.wake();
        } else if case.cells() == "ow" {
            case.hear(&busy(2));
        }
    }
    assert!(
        case.now >= since.plus_ms(case.rule.order_ms) && case.cells().starts_with('U'),
        "{}",
        case.cells()
    );
    // What it says of an order that is withdrawn, or that it runs, changes nothing.
    let mut case = Case::begun("nn", HostCount(1));
    case.take(&withdraw());
    case.now = case.now.plus_ms(30_000);
    assert_eq!(case.ignored(&busy(1)), Why::NothingNew);
    let mut case = Case::begun("nn", HostCount(1));
    case.report(&[asked(0)]);
    case.now = case.now.plus_ms(30_000);
    assert_eq!(case.ignored(&busy(1)), Why::NothingNew);
    // One that is busy and then begins has all of its time.
    let mut case = Case::begun("nn", HostCount(1));
    case.now = case.now.plus_ms(30_000);
    case.take(&busy(1));
    case.now = case.now.plus_ms(30_000);
    case.report(&[asked(0)]);
    let flight = &case.board.in_flight[&0];
    assert_eq!(case.board.instant(flight.ends_secs), case.now.plus_ms(case.rule.order_ms));
}

#[test]
fn an_order_is_accepted_until_its_time_and_then_not() {
    let mut case = Case::begun("nn", HostCount(1));
    assert_eq!(may_begin(&case.board, 1, 1, case.now), Accept::Withdrawn(Refusal::NoOrder));
    assert_eq!(may_begin(&case.board, 7, 1, case.now), Accept::Withdrawn(Refusal::NoOrder));
    let by = case.board.orders(0)[0].accept_by;
    assert_eq!(may_begin(&case.board, 0, 1, by), Accept::Withdrawn(Refusal::TooLate));
    let start = case.now;
    case.now = by;
    assert_eq!(case.ignored(&reports(&[asked(0)])), Why::NothingNew);
    case.now = start;
    case.report(&[asked(0)]);
    assert_eq!(case.cells(), "rw");
    assert_eq!(may_begin(&case.board, 0, 1, by), Accept::Granted, "its first answer may have been lost");
    assert_eq!(case.ignored(&reports(&[asked(0)])), Why::NothingNew);
    assert_eq!(case.board.orders(0), [], "nothing left to send");
    case.report(&[ok(0)]);
    assert_eq!(may_begin(&case.board, 0, 1, by), Accept::Withdrawn(Refusal::Over));
}

#[test]
fn a_host_that_falls_silent_is_lost() {
    let mut case = Case::begun("nn", HostCount(0));
    case.report(&[asked(0), asked(1), beat(0, Install)]);
    case.now = case.now.plus_ms(80_000);
    case.report(&[beat(1, AfterInstall)]);
    assert_eq!(case.board.wake_at, Some(case.board.created_at.plus_ms(90_000)));
    case.wake();
    assert_eq!(case.cells(), "Lr");
    assert_eq!(told(&case, 0), "h0 stopped reporting in Install: nothing was heard from it for 1 min 30 s.");
    assert_eq!(case.ignored(&reports(&[ok(0)])), Why::NothingNew, "it was given up");
    case.report(&[ok(0), ok(1)]);
    assert_eq!((case.cells().as_str(), case.board.ignored), ("LS", 1));
    assert_eq!(case.end().verdict, Verdict::Succeeded);
}

#[test]
fn who_was_not_heard_because_nobody_listened_is_not_lost() {
    let late = |case: &Case| ShardEvent::Wake { epoch: case.board.epoch };
    let mut case = Case::begun("nnn", HostCount(0));
    case.report(&[asked(0), asked(1), beat(0, Install)]);
    case.now = case.now.plus_ms(600_000);
    case.take(&late(&case));
    assert_eq!(case.cells(), "rro");
    assert_eq!(case.board.wake_at, Some(case.now.plus_ms(case.rule.heartbeat_ms)));
    assert_eq!(may_begin(&case.board, 2, 1, case.now), Accept::Granted);
    case.report(&[ok(1)]);
    // The second silence is their own.
    case.wake();
    assert_eq!((case.cells().as_str(), case.board.orders(1).len()), ("LSo", 1));
    // Whoever asks first finds the service as it should have been.
    let mut case = Case::begun("n", HostCount(0));
    case.now = case.now.plus_ms(600_000);
    case.report(&[asked(0)]);
    assert_eq!(case.cells(), "r");
    // One that is busy stays so, and one whose time is up at the latest is not given up before it can be heard.
    let mut case = Case::begun("nn", HostCount(0));
    case.report(&[asked(1)]);
    case.take(&reports(&[Report { index: 0, attempt: 1, what: Told::Busy }]));
    case.now = case.now.plus_ms(case.rule.order_ms + 60_000);
    case.take(&late(&case));
    assert_eq!(case.cells(), "or");
    let flight = &case.board.in_flight[&0];
    assert!(flight.due_secs < flight.ends_secs, "{flight:?}");
    case.report(&[ok(1)]);
    assert_eq!(case.cells(), "oS");
}

#[test]
fn a_host_that_beats_for_ever_times_out() {
    let mut case = Case::begun("n", HostCount(0));
    case.report(&[asked(0)]);
    while case.board.end.is_none() {
        case.now = case.now.plus_ms(30_000);
        match case.hear(&reports(&[beat(0, BeforeInstall)])) {
            ShardDecision::Commit(_) => {}
            _ => case.wake(),
        }
    }
    assert_eq!(case.cells(), "T");
    assert_eq!(case.now, case.board.created_at.plus_ms(12 * 3_600_000));
    assert_eq!(told(&case, 0), "h0 did not finish within 12 h. It was last at BeforeInstall.");
}

#[test]
fn a_batch_has_no_order() {
    for batch in [[asked(0), beat(0, Install), bad(0)], [bad(0), beat(0, Install), asked(0)]] {
        let mut case = Case::begun("n", HostCount(0));
        case.report(&batch);
        assert_eq!((case.cells().as_str(), case.board.ignored), ("F", 0));
        assert_eq!(told(&case, 0), "h0 failed in Install.");
    }
    let mut case = Case::begun("nn", HostCount(0));
    case.report(&[ok(0), bad(0), bad(0)]);
    assert_eq!((case.cells().as_str(), case.board.ignored), ("So", 2), "the first final report counts");
}

#[test]
fn what_is_not_about_the_order_is_ignored() {
    let mut case = Case::begun("nnn", HostCount(2));
    let stale = Report { attempt: 0, ..ok(0) };
    let ahead = Report { attempt: 2, ..ok(0) };
    for report in [stale, ahead, ok(1), ok(9), beat(2, Install)] {
        assert_eq!(case.ignored(&reports(&[report])), Why::NothingNew, "{report:?}");
    }
    let failed = Told::Final { ok: false, failed_event: Some(AfterInstall) };
    case.report(&[Report { index: 0, attempt: 1, what: failed }]);
    assert_eq!((told(&case, 0), case.cells()), ("h0 failed in AfterInstall.".to_owned(), "FKK".to_owned()));
}

#[test]
fn a_withdrawal_waits_for_what_runs_and_for_nothing_else() {
    let mut case = Case::begun("nnnnn", HostCount(2));
    case.report(&[asked(0)]);
    case.take(&withdraw());
    assert_eq!(case.cells(), "rooKK");
    assert_eq!(case.board.orders(0), []);
    assert_eq!(case.ignored(&withdraw()), Why::AlreadyWithdrawn);
    let why = Refusal::Withdrawn("The deployment was stopped by request.".to_owned());
    assert_eq!(may_begin(&case.board, 1, 1, case.now), Accept::Withdrawn(why));
    case.report(&[asked(1)]);
    assert_eq!(case.cells(), "rKoKK", "it was told no, so nothing is left to wait for");
    case.wake();
    assert_eq!(case.cells(), "rKKKK", "no second order");
    assert_eq!(told(&case, 2), "h2 was not started: The deployment was stopped by request.");
    case.report(&[ok(0)]);
    assert_eq!(case.end().verdict, Verdict::Stopped);
    assert_eq!(
        case.message(),
        "The deployment was stopped by request. Instances: 1 succeeded, 0 failed, 4 not started."
    );
    assert_eq!(case.ignored(&ShardEvent::Wake { epoch: case.board.epoch }), Why::Over);
}

#[test]
fn a_failing_deployment_can_still_be_withdrawn() {
    let mut case = Case::begun("nnnn", HostCount(2));
    case.report(&[asked(0), asked(1)]);
    case.report(&[bad(0)]);
    assert_eq!(case.cells(), "Frww");
    case.report(&[bad(1)]);
    assert_eq!(case.ignored(&withdraw()), Why::Over);

    let mut case = Case::begun("xxnn", HostCount(2));
    case.report(&[bad(0)]);
    assert_eq!(case.cells(), "Foww");
    case.take(&withdraw());
    case.wake();
    assert_eq!((case.cells().as_str(), case.end().verdict), ("FKKK", Verdict::Stopped));
}

#[test]
fn before_it_begins_and_with_too_small_a_grant_it_only_waits() {
    let mut case = Case::new("nnn", HostCount(1), None);
    case.wake();
    assert_eq!(case.cells(), "www");
    case.take(&granted(0));
    case.wake();
    assert_eq!(case.cells(), "www", "a small grant ends nothing");
    case.take(&granted(1));
    assert_eq!(case.cells(), "oww");
    assert_eq!(case.ignored(&granted(1)), Why::SameGrant);
    case.take(&granted(2));
    assert_eq!(case.cells(), "oow");
    assert_eq!(case.ignored(&granted(1)), Why::SameGrant, "a smaller one comes late");
    case.report(&[ok(0)]);
    assert_eq!(case.cells(), "Soo");
    assert_eq!(case.count(Cell::Ordered), 2);
    assert_eq!(
        case.hear(&ShardEvent::Wake { epoch: case.board.epoch }),
        ShardDecision::Later(case.board.wake_at.expect("a timer"))
    );
    assert_eq!(case.ignored(&ShardEvent::Wake { epoch: case.board.epoch - 1 }), Why::StaleEpoch);
}

#[test]
fn a_roster_of_another_size_is_not_its_own() {
    let mut case = Case::begun("nnn", HostCount(1));
    case.roster.hosts.pop();
    assert_eq!(case.ignored(&withdraw()), Why::OtherRoster);
}
