//! What is frozen when a fleet's deployment starts: how many must stay healthy, zone by zone, and the time limits.

use std::iter;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::minimum::FleetMinimum;
use super::roster::{Roster, RosterHost};
use crate::deployment::ErrorCode;
use crate::limits::{ACCEPT_MS, FLEET_HOSTS, HEARTBEAT_MS, MAX_POLL_GAP_MS, ORDER_MS, ORDERS_PER_HOST};

/// The stored version of [`FleetRule`].
pub const RULE_VERSION: u16 = 1;

/// One availability zone at a time (behaviour: minimum healthy hosts rule 9). A rollback is planned without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zonal {
    /// What must stay healthy in the zone at work; absent is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<FleetMinimum>,
    /// The wait after the first zone, already divided by the speed.
    pub first_monitor_ms: u64,
    /// The wait after each further zone but the last, already divided by the speed.
    pub monitor_ms: u64,
}

impl Zonal {
    /// How many of a zone of so many hosts may be unavailable.
    pub(super) fn allowance(&self, hosts: u32) -> u32 {
        hosts.saturating_sub(self.minimum(hosts))
    }

    /// The wait after the zone at this place.
    pub(super) fn wait_ms(&self, zone: u16) -> u64 {
        if zone == 0 { self.first_monitor_ms } else { self.monitor_ms }
    }

    /// M of a zone of so many hosts.
    pub fn minimum(&self, hosts: u32) -> u32 {
        self.minimum.map_or(0, |minimum| minimum.minimum(hosts))
    }
}

/// The rule of a fleet's deployment. Stored once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetRule {
    /// [`RULE_VERSION`].
    pub v: u16,
    /// N: the hosts of the fleet.
    pub hosts: u32,
    /// Over how many shards they are divided.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub shards: u16,
    /// M: how many of them must stay healthy; less than N.
    pub minimum: u32,
    /// Present where zones take turns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zonal: Option<Zonal>,
    /// How long after its next poll a host may take to accept its order.
    pub accept_ms: u64,
    /// How long a host that runs may be silent.
    pub heartbeat_ms: u64,
    /// How long an accepted order may take in all.
    pub order_ms: u64,
    /// How often an order that nobody accepts is sent, each time as a new attempt, before its host is Offline.
    pub orders_per_host: u16,
}

/// Why a fleet cannot be deployed to. The text is errorInformation.message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    /// Nobody to deploy to.
    #[error("No instances were found for the deployment group.")]
    NoHosts,
    /// More than a fleet may have.
    #[error("The deployment has {hosts} instances; at most {FLEET_HOSTS} are possible.")]
    TooMany {
        /// How many.
        hosts: usize,
    },
    /// M >= N (rule 1).
    #[error(
        "The minimum healthy hosts of the deployment configuration keep {minimum} of {hosts} instances healthy, so \
         no instance can be deployed to. Lower the minimum or add instances."
    )]
    NothingMayFail {
        /// M.
        minimum: u32,
        /// N.
        hosts: u32,
    },
    /// The same for one zone.
    #[error(
        "The minimum healthy hosts per zone keep {minimum} of {hosts} instances healthy in {zone}, so no instance \
         there can be deployed to. Lower the minimum per zone or add instances."
    )]
    NothingMayFailInZone {
        /// Which zone.
        zone: String,
        /// Its minimum.
        minimum: u32,
        /// Its hosts.
        hosts: u32,
    },
}

impl FleetError {
    /// errorInformation.code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoHosts => ErrorCode::NoInstances,
            Self::TooMany { .. } => ErrorCode::OverMaxInstances,
            Self::NothingMayFail { .. } | Self::NothingMayFailInZone { .. } => {
                ErrorCode::HealthConstraintsInvalid
            }
        }
    }
}

impl FleetRule {
    /// The rule of a fleet with this roster, all of it, which must be in zone order where `zonal` is given; the time
    /// limits are those of [`crate::limits`].
    pub fn new(minimum: FleetMinimum, zonal: Option<Zonal>, roster: &Roster) -> Result<Self, FleetError> {
        if roster.hosts.is_empty() {
            return Err(FleetError::NoHosts);
        }
        if roster.hosts.len() > FLEET_HOSTS {
            return Err(FleetError::TooMany { hosts: roster.hosts.len() });
        }
        let hosts = roster.hosts.len() as u32;
        let minimum = minimum.minimum(hosts);
        if minimum >= hosts {
            return Err(FleetError::NothingMayFail { minimum, hosts });
        }
        for zone in zonal.iter().flat_map(|_| roster.zones()) {
            let (hosts, minimum) = (zone.len() as u32, zonal.map_or(0, |z| z.minimum(zone.len() as u32)));
            if minimum >= hosts {
                let zone = super::words::zone_name(roster, zone.start);
                return Err(FleetError::NothingMayFailInZone { zone, minimum, hosts });
            }
        }
        Ok(Self {
            v: RULE_VERSION,
            hosts,
            shards: 1,
            minimum,
            zonal,
            accept_ms: ACCEPT_MS,
            heartbeat_ms: HEARTBEAT_MS,
            order_ms: ORDER_MS,
            orders_per_host: ORDERS_PER_HOST,
        })
    }

    /// Whether the fleet has more than one shard. Then the zones take turns in its purse, not in its shards, which never
    /// span two of them.
    pub fn is_divided(&self) -> bool {
        self.shards > 1
    }

    /// How zones take turns inside a shard.
    pub(super) fn turns(&self) -> Option<&Zonal> {
        self.zonal.as_ref().filter(|_| !self.is_divided())
    }

    /// N − M: how many hosts of the whole fleet may be unavailable. With one shard this is its grant.
    pub fn allowance(&self) -> u32 {
        self.hosts.saturating_sub(self.minimum)
    }

    /// How long after an order was sent this host may take to accept it, in milliseconds: until its next poll, and
    /// [`Self::accept_ms`] more.
    pub(super) fn accept_span_ms(&self, host: &RosterHost) -> u64 {
        host.poll_gap_ms.min(MAX_POLL_GAP_MS).saturating_add(self.accept_ms)
    }

    /// The runs of the roster that take turns: its zones, or all of it.
    pub(super) fn zones(&self, roster: &Roster) -> Vec<Range<usize>> {
        match self.turns() {
            Some(_) => roster.zones(),
            None => iter::once(0..roster.hosts.len()).collect(),
        }
    }

    /// How many hosts must succeed in the end (rule 5).
    pub fn must_succeed(&self) -> u32 {
        self.minimum.max(1)
    }
}

fn one() -> u16 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_one(shards: &u16) -> bool {
    *shards == 1
}
