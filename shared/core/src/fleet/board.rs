//! A shard's scoreboard: one small item, changed by `decide_shard` alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cell::{Cell, letters};
use super::grant::Grant;
use super::host_event::HostEvent;
use super::roster::Roster;
use crate::deployment::{ErrorCode, Verdict};
use crate::limits::GRANT_WAIT_MS;
use crate::time::Timestamp;

/// The stored version of [`Board`].
pub const BOARD_VERSION: u16 = 1;

/// A host with an order that is not over. Times are whole seconds after the board was created, rounded up: five
/// hundred of these must fit into an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    /// Which order to this host it is, from 1.
    pub attempt: u16,
    /// The wave in which that order went out.
    pub wave: u32,
    /// When it is given up unless something is heard: to be accepted, or to beat, by then.
    pub due_secs: u32,
    /// When it is given up although it beats, or says that it is busy; the same as `due_secs` until it does either.
    pub ends_secs: u32,
    /// The furthest lifecycle event it was heard at.
    pub event: Option<HostEvent>,
}

impl Flight {
    /// The host has no hand free for it yet: it must say so again by the one time, and take it up by the other, which
    /// stands once it has been said. Whether that changes anything.
    pub(super) fn wait(&mut self, say_by: u32, ends_by: u32, grain: u32) -> bool {
        if self.ends_secs == self.due_secs {
            self.ends_secs = ends_by;
        }
        // Never the same: that would say that it was not busy yet.
        let due = say_by.min(self.ends_secs.saturating_sub(1));
        let moved = due.saturating_sub(self.due_secs) >= grain;
        self.due_secs = if moved { due } else { self.due_secs };
        moved
    }

    /// It is waited for until then, whatever its time was. Whether it was busy or at work stays to be seen.
    pub(super) fn spare(&mut self, until: u32) {
        let more = self.ends_secs.saturating_sub(self.due_secs);
        self.due_secs = until;
        self.ends_secs = self.ends_secs.max(until.saturating_add(more.min(1)));
    }

    /// The host has begun: it must beat by the one time and be through by the other.
    pub(super) fn begin(&mut self, beat_by: u32, ends_by: u32) {
        self.due_secs = beat_by.min(ends_by);
        self.ends_secs = ends_by;
    }
}

/// Why a shard starts no more hosts although some may be waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Stopping {
    /// Too few would stay healthy (behaviour: minimum healthy hosts rule 4).
    Constraints,
    /// The same in one zone (rule 9).
    Zone {
        /// Its place among the roster's zones.
        zone: u16,
    },
    /// The deployment ends.
    Withdrawn,
}

/// How a shard ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardEnd {
    /// Stopped if it was withdrawn.
    pub verdict: Verdict,
    /// errorInformation.code of a failed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// For people; names the counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The mutable half of a shard (the immutable half is its roster).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// [`BOARD_VERSION`].
    pub v: u16,
    /// Grows by one at every commit; a wake of another epoch is stale.
    pub epoch: u64,
    /// When it was created; other times count from here.
    pub created_at: Timestamp,
    /// What it may do; absent before it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Grant>,
    /// How every host of the roster stands.
    #[serde(with = "letters")]
    pub cells: Vec<Cell>,
    /// Those that are Ordered or Running, by place in the roster.
    #[serde(default, with = "rows")]
    pub in_flight: BTreeMap<u16, Flight>,
    /// The event at which a host failed, or was last heard before it was lost or timed out.
    #[serde(default, with = "places")]
    pub last_events: BTreeMap<u16, HostEvent>,
    /// The newest wave of orders, from 1.
    #[serde(default)]
    pub wave: u32,
    /// The zone at work, as a place among the roster's zones; 0 where zones do not take turns.
    #[serde(default)]
    pub zone: u16,
    /// The wait after a zone lasts until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor_until: Option<Timestamp>,
    /// Set once no more hosts are started; the first reason stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<Stopping>,
    /// Why everything was withdrawn, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// Reports that changed nothing but came in a batch with others that did.
    #[serde(default)]
    pub ignored: u32,
    /// Set once it is over; then nothing changes any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<ShardEnd>,
    /// When the current epoch's wake is due; absent once over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at: Option<Timestamp>,
}

/// How many hosts stand how: deploymentOverview.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting.
    pub pending: u32,
    /// Ordered or running.
    pub in_progress: u32,
    /// Succeeded.
    pub succeeded: u32,
    /// Failed, offline, lost or timed out.
    pub failed: u32,
    /// Skipped.
    pub skipped: u32,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            pending: self.pending + other.pending,
            in_progress: self.in_progress + other.in_progress,
            succeeded: self.succeeded + other.succeeded,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl Board {
    /// The board of a shard that has not begun.
    pub fn new(roster: &Roster, now: Timestamp) -> Self {
        Self {
            v: BOARD_VERSION,
            epoch: 1,
            created_at: now,
            granted: None,
            cells: vec![Cell::Waiting; roster.hosts.len()],
            in_flight: BTreeMap::new(),
            last_events: BTreeMap::new(),
            wave: 0,
            zone: 0,
            monitor_until: None,
            stopping: None,
            withdrawn: None,
            ignored: 0,
            end: None,
            wake_at: Some(now.plus_ms(GRANT_WAIT_MS)),
        }
    }

    /// What it may do; nothing before it begins.
    pub fn grant(&self) -> Grant {
        self.granted.unwrap_or_default()
    }

    /// How many hosts stand how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for cell in &self.cells {
            match cell {
                Cell::Waiting => counts.pending += 1,
                Cell::Ordered | Cell::Running => counts.in_progress += 1,
                Cell::Succeeded => counts.succeeded += 1,
                Cell::Failed | Cell::Offline | Cell::Lost | Cell::TimedOut => counts.failed += 1,
                Cell::Skipped => counts.skipped += 1,
            }
        }
        counts
    }

    /// The cell at this place, if the roster has it.
    pub fn cell(&self, index: u16) -> Option<Cell> {
        self.cells.get(usize::from(index)).copied()
    }

    /// The instant so many seconds after creation.
    pub fn instant(&self, secs: u32) -> Timestamp {
        self.created_at.plus_ms(u64::from(secs) * 1000)
    }

    /// Seconds from creation to this instant, rounded up.
    pub(super) fn secs(&self, at: Timestamp) -> u32 {
        u32::try_from(at.ms_since(self.created_at).div_ceil(1000)).unwrap_or(u32::MAX)
    }

    /// A host with an order is through, for good.
    pub(super) fn land(&mut self, index: u16, cell: Cell, event: Option<HostEvent>) {
        self.in_flight.remove(&index);
        if let Some(place) = self.cells.get_mut(usize::from(index)) {
            *place = cell;
        }
        if let Some(event) = event {
            self.last_events.insert(index, event);
        }
    }
}

/// `[[index, attempt, wave, due, more, event or null], …]`; `more` is what remains from due to end.
mod rows {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Flight, HostEvent};

    #[derive(Serialize, Deserialize)]
    struct Row(u16, u16, u32, u32, u32, Option<u8>);

    pub(super) fn serialize<S: Serializer>(all: &BTreeMap<u16, Flight>, to: S) -> Result<S::Ok, S::Error> {
        let row = |(i, f): (&u16, &Flight)| {
            let more = f.ends_secs.saturating_sub(f.due_secs);
            Row(*i, f.attempt, f.wave, f.due_secs, more, f.event.map(HostEvent::place))
        };
        to.collect_seq(all.iter().map(row))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<u16, Flight>, D::Error> {
        let flight = |Row(index, attempt, wave, due_secs, more, event)| {
            let ends_secs = due_secs.saturating_add(more);
            let event = event.and_then(HostEvent::at);
            (index, Flight { attempt, wave, due_secs, ends_secs, event })
        };
        Ok(Vec::<Row>::deserialize(from)?.into_iter().map(flight).collect())
    }
}

/// `[[index, event], …]`.
mod places {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::HostEvent;

    pub(super) fn serialize<S: Serializer>(all: &BTreeMap<u16, HostEvent>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(all.iter().map(|(index, event)| (index, event.place())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<u16, HostEvent>, D::Error> {
        let rows = Vec::<(u16, u8)>::deserialize(from)?;
        Ok(rows.into_iter().filter_map(|(i, place)| Some((i, HostEvent::at(place)?))).collect())
    }
}
