//! A shard to play with: events in, what was ordered out.

use crate::fleet::board::{Board, ShardEnd};
use crate::fleet::cell::Cell;
use crate::fleet::decide::decide_shard;
use crate::fleet::event::{Report, ShardDecision, ShardEvent, Told, Why};
use crate::fleet::grant::Grant;
use crate::fleet::host_event::HostEvent;
use crate::fleet::minimum::FleetMinimum;
use crate::fleet::roster::{HealthClass, ROSTER_VERSION, Roster, RosterHost};
use crate::fleet::rule::{FleetRule, Zonal};
use crate::time::Timestamp;

#[derive(Debug)]
pub(super) struct Case {
    pub(super) rule: FleetRule,
    pub(super) roster: Roster,
    pub(super) board: Board,
    pub(super) now: Timestamp,
}

/// Hosts named h0, h1, … in this order; a letter each: x Unhealthy, n Unknown (new), o Old, c Current. A space begins
/// the next zone.
pub(in crate::fleet) fn roster(letters: &str) -> Roster {
    let mut hosts = Vec::new();
    for (zone, run) in letters.split(' ').enumerate() {
        for letter in run.chars() {
            let class = match letter {
                'x' => HealthClass::Unhealthy,
                'n' => HealthClass::Unknown,
                'o' => HealthClass::Old,
                _ => HealthClass::Current,
            };
            let zone = letters.contains(' ').then(|| format!("zone-{}", (b'a' + zone as u8) as char));
            hosts.push(RosterHost { name: format!("h{}", hosts.len()), zone, class, poll_gap_ms: 0 });
        }
    }
    Roster { v: ROSTER_VERSION, hosts }
}

/// So many may be unavailable.
pub(super) fn granted(hosts: u32) -> ShardEvent {
    ShardEvent::Granted { grant: Grant::of(hosts) }
}

pub(super) fn ok(index: u16) -> Report {
    Report { index, attempt: 1, what: Told::Final { ok: true, failed_event: None } }
}

pub(super) fn bad(index: u16) -> Report {
    Report { index, attempt: 1, what: Told::Final { ok: false, failed_event: None } }
}

pub(super) fn asked(index: u16) -> Report {
    Report { index, attempt: 1, what: Told::Asked }
}

pub(super) fn beat(index: u16, event: HostEvent) -> Report {
    Report { index, attempt: 1, what: Told::Beat { event: Some(event) } }
}

impl Case {
    /// Not begun.
    pub(super) fn new(letters: &str, minimum: FleetMinimum, zonal: Option<Zonal>) -> Self {
        let roster = roster(letters);
        let rule = FleetRule::new(minimum, zonal, &roster).expect("a rule");
        Self::of(rule, roster)
    }

    /// Not begun.
    pub(super) fn of(rule: FleetRule, roster: Roster) -> Self {
        let now = Timestamp::from_millis(1_000_000);
        let board = Board::new(&roster, now);
        Self { rule, roster, board, now }
    }

    /// Begun with the whole allowance.
    pub(super) fn begun(letters: &str, minimum: FleetMinimum) -> Self {
        let mut case = Self::new(letters, minimum, None);
        case.begin();
        case
    }

    pub(super) fn begin(&mut self) {
        self.take(&granted(self.rule.allowance()));
    }

    pub(super) fn hear(&mut self, event: &ShardEvent) -> ShardDecision {
        let decision = decide_shard(&self.rule, &self.roster, &self.board, event, self.now);
        if let ShardDecision::Commit(next) = &decision {
            assert_eq!(next.epoch, self.board.epoch + 1);
            assert_eq!(next.wake_at.is_some(), next.end.is_none(), "a timer unless over");
            self.board = (**next).clone();
        }
        decision
    }

    /// Hears what must be committed.
    pub(super) fn take(&mut self, event: &ShardEvent) {
        let decision = self.hear(event);
        assert!(matches!(decision, ShardDecision::Commit(_)), "{event:?}: {decision:?}");
    }

    pub(super) fn report(&mut self, reports: &[Report]) {
        self.take(&ShardEvent::Reports { reports: reports.to_vec() });
    }

    pub(super) fn ignored(&mut self, event: &ShardEvent) -> Why {
        match self.hear(event) {
            ShardDecision::Ignore(why) => why,
            other => panic!("{event:?}: {other:?}"),
        }
    }

    /// Waits for the timer.
    pub(super) fn wake(&mut self) {
        self.now = self.board.wake_at.expect("a timer");
        self.take(&ShardEvent::Wake { epoch: self.board.epoch });
    }

    /// The letters of the cells.
    pub(super) fn cells(&self) -> String {
        let stored = serde_json::to_value(&self.board).expect("JSON");
        stored["cells"].as_str().expect("letters").to_owned()
    }

    pub(super) fn in_flight(&self) -> Vec<u16> {
        self.board.in_flight.keys().copied().collect()
    }

    pub(super) fn end(&self) -> &ShardEnd {
        self.board.end.as_ref().expect("an end")
    }

    pub(super) fn message(&self) -> &str {
        self.end().message.as_deref().unwrap_or_default()
    }

    pub(super) fn count(&self, cell: Cell) -> usize {
        self.board.cells.iter().filter(|c| **c == cell).count()
    }
}
