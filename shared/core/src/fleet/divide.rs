//! A fleet divided into shards.

use std::iter;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::roster::{HealthClass, Roster};
use super::rule::FleetRule;

/// A shard before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardShape {
    /// Its hosts.
    pub hosts: u32,
    /// How many of them were Unhealthy before.
    #[serde(default)]
    pub unhealthy: u32,
    /// The zone of all of them, where zones take turns and they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// Cuts a roster into runs of at most `size` hosts, in its order, so that who is granted first is picked first. Where
/// zones take turns no shard spans two of them; otherwise a shard has hosts of any.
pub fn divide(roster: &Roster, zonal: bool, size: usize) -> Vec<Range<usize>> {
    let runs = if zonal { roster.zones() } else { iter::once(0..roster.hosts.len()).collect() };
    let cut = |run: Range<usize>| {
        let end = run.end;
        run.step_by(size.max(1)).map(move |from| from..end.min(from + size.max(1)))
    };
    runs.into_iter().flat_map(cut).collect()
}

/// What a shard of these hosts of the roster is like.
pub fn shape(roster: &Roster, zonal: bool, hosts: Range<usize>) -> ShardShape {
    let hosts = &roster.hosts[hosts];
    ShardShape {
        hosts: hosts.len() as u32,
        unhealthy: hosts.iter().filter(|host| host.class == HealthClass::Unhealthy).count() as u32,
        zone: hosts.first().and_then(|host| host.zone.clone()).filter(|_| zonal),
    }
}

/// The runs of shards that take turns: those of one zone each, or all of them.
pub(super) fn zones(rule: &FleetRule, shards: &[ShardShape]) -> Vec<Range<usize>> {
    let mut from = 0;
    shards
        .chunk_by(|a, b| rule.zonal.is_none() || a.zone == b.zone)
        .map(|run| {
            let zone = from..from + run.len();
            from = zone.end;
            zone
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::tests::fixture::roster;

    #[test]
    fn shards_are_cut_in_picking_order() {
        for (letters, zonal, size, expected) in [
            ("xxnnoo", false, 3, vec![0..3, 3..6]),
            ("xxnnooc", false, 3, vec![0..3, 3..6, 6..7]),
            ("xn noo c", true, 2, vec![0..2, 2..4, 4..5, 5..6]),
            ("xn noo c", false, 4, vec![0..4, 4..6]),
            ("no", false, 1, vec![0..1, 1..2]),
        ] {
            assert_eq!(divide(&roster(letters), zonal, size), expected, "{letters}");
        }
        let zoned = roster("xn noo");
        let one = ShardShape { hosts: 2, unhealthy: 1, zone: Some("zone-a".to_owned()) };
        assert_eq!(shape(&zoned, true, 0..2), one);
        assert_eq!(shape(&zoned, false, 0..2), ShardShape { zone: None, ..one });
    }
}
