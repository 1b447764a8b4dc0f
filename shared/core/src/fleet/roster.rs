//! The hosts of a shard in the order in which they are started (behaviour: health and picking order).

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The stored version of [`Roster`].
pub const ROSTER_VERSION: u16 = 1;

/// What a host's history says, in picking order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthClass {
    /// Its last deployment failed.
    Unhealthy,
    /// Never deployed to, or what it runs is not known.
    Unknown,
    /// Healthy with another revision than the group's.
    Old,
    /// Healthy with the group's revision.
    Current,
}

/// How the last deployment of a host ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastDeployment<'a> {
    /// There was none.
    Never,
    /// It failed.
    Failed,
    /// It succeeded with this revision, where that is known.
    Succeeded(Option<&'a str>),
}

impl HealthClass {
    /// The class of a host whose last deployment ended so; `group` is the group's last successful revision.
    pub fn of(last: LastDeployment<'_>, group: Option<&str>) -> Self {
        match last {
            LastDeployment::Failed => Self::Unhealthy,
            LastDeployment::Never | LastDeployment::Succeeded(None) => Self::Unknown,
            LastDeployment::Succeeded(on_host) if on_host == group => Self::Current,
            LastDeployment::Succeeded(_) => Self::Old,
        }
    }
}

/// One host as it was when the deployment started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterHost {
    /// Instance id or on-premises name.
    pub name: String,
    /// Its availability zone, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What its history says.
    pub class: HealthClass,
    /// How long it said it would rest between two polls, in milliseconds.
    #[serde(default)]
    pub poll_gap_ms: u64,
}

/// The hosts of a shard. Stored once, never changed; a host's place is its index everywhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// [`ROSTER_VERSION`].
    pub v: u16,
    /// In picking order.
    pub hosts: Vec<RosterHost>,
}

impl Roster {
    /// Puts hosts into picking order: by health class, inside a class shuffled by `seed`. `zonal` puts the zone
    /// first: zones by name, hosts without one last, as a zone of their own.
    pub fn new(mut hosts: Vec<RosterHost>, zonal: bool, seed: u64) -> Self {
        hosts.sort_by_cached_key(|host| {
            let zone = zonal.then(|| (host.zone.is_none(), host.zone.clone()));
            (zone, host.class, shuffled(&host.name, seed), host.name.clone())
        });
        Self { v: ROSTER_VERSION, hosts }
    }

    /// The runs of hosts of one zone each, in order.
    pub fn zones(&self) -> Vec<Range<usize>> {
        let mut from = 0;
        self.hosts
            .chunk_by(|a, b| a.zone == b.zone)
            .map(|run| {
                let zone = from..from + run.len();
                from = zone.end;
                zone
            })
            .collect()
    }
}

/// The place of a name in the order that `seed` gives: splitmix64 of the seed and the name's FNV-1a hash.
fn shuffled(name: &str, seed: u64) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut z = (hash ^ seed).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, zone: Option<&str>, class: HealthClass) -> RosterHost {
        RosterHost { name: name.to_owned(), zone: zone.map(str::to_owned), class, poll_gap_ms: 0 }
    }

    fn names(roster: &Roster) -> Vec<&str> {
        roster.hosts.iter().map(|h| h.name.as_str()).collect()
    }

    #[test]
    fn classes_come_from_history() {
        use LastDeployment::{Failed, Never, Succeeded};
        for (last, group, class) in [
            (Never, Some("r2"), HealthClass::Unknown),
            (Failed, Some("r2"), HealthClass::Unhealthy),
            (Succeeded(None), None, HealthClass::Unknown),
            (Succeeded(Some("r1")), Some("r2"), HealthClass::Old),
            (Succeeded(Some("r1")), None, HealthClass::Old),
            (Succeeded(Some("r2")), Some("r2"), HealthClass::Current),
        ] {
            assert_eq!(HealthClass::of(last, group), class, "{last:?}");
        }
    }

    #[test]
    fn class_first_or_zone_first() {
        use HealthClass::{Current, Old, Unhealthy, Unknown};
        let hosts = vec![
            host("a", Some("z2"), Current),
            host("b", None, Unhealthy),
            host("c", Some("z1"), Old),
            host("d", Some("z2"), Unhealthy),
            host("e", Some("z1"), Unknown),
        ];
        let by_class = Roster::new(hosts.clone(), false, 7);
        let classes: Vec<_> = by_class.hosts.iter().map(|h| h.class).collect();
        assert_eq!(classes, [Unhealthy, Unhealthy, Unknown, Old, Current]);
        let by_zone = Roster::new(hosts, true, 7);
        assert_eq!(names(&by_zone), ["e", "c", "d", "a", "b"]);
        assert_eq!(by_zone.zones(), [0..2, 2..4, 4..5]);
    }

    #[test]
    fn the_seed_alone_shuffles_inside_a_class() {
        let hosts: Vec<_> = (0..40).map(|n| host(&format!("i-{n}"), None, HealthClass::Old)).collect();
        let mut reversed = hosts.clone();
        reversed.reverse();
        let first = Roster::new(hosts.clone(), false, 1);
        assert_eq!(first, Roster::new(reversed, false, 1), "the order given does not matter");
        assert_ne!(names(&first), names(&Roster::new(hosts.clone(), false, 2)));
        let mut all = names(&first);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 40);
    }
}
