//! How many hosts of a fleet must stay healthy (behaviour: minimum healthy hosts).

use serde::{Deserialize, Serialize};

use crate::config::MinimumHealthyHosts;

/// What a deployment configuration demands of its fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FleetMinimum {
    /// So many hosts.
    HostCount(u32),
    /// This share of the hosts, in percent, rounded up to whole hosts.
    FleetPercent(u32),
    /// All but so many: OneAtATime is 1, and means that also for a fleet of one (rule 8).
    MostConcurrency(u32),
}

impl FleetMinimum {
    /// M: how many of `hosts` must stay healthy. M >= N means that nothing may be touched.
    pub fn minimum(self, hosts: u32) -> u32 {
        match self {
            Self::HostCount(count) => count,
            Self::FleetPercent(percent) => {
                let rounded_up = (u64::from(hosts) * u64::from(percent)).div_ceil(100);
                u32::try_from(rounded_up).unwrap_or(u32::MAX)
            }
            Self::MostConcurrency(most) => hosts.saturating_sub(most),
        }
    }
}

/// A configuration's minimum is of a kind that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("minimumHealthyHosts of type {0} is not known")]
pub struct UnknownMinimum(String);

impl TryFrom<&MinimumHealthyHosts> for FleetMinimum {
    type Error = UnknownMinimum;

    fn try_from(stored: &MinimumHealthyHosts) -> Result<Self, UnknownMinimum> {
        match stored.kind.as_str() {
            "HOST_COUNT" => Ok(Self::HostCount(stored.value)),
            "FLEET_PERCENT" => Ok(Self::FleetPercent(stored.value)),
            "MOST_CONCURRENCY" => Ok(Self::MostConcurrency(stored.value)),
            other => Err(UnknownMinimum(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::predefined;

    #[test]
    fn minimums_of_the_reference() {
        use FleetMinimum::{FleetPercent, HostCount, MostConcurrency};
        for (given, hosts, minimum) in [
            (HostCount(6), 9, 6),
            (FleetPercent(40), 9, 4),
            (FleetPercent(50), 9, 5),
            (FleetPercent(95), 10, 10),
            (FleetPercent(0), 10, 0),
            (FleetPercent(100), 500, 500),
            (FleetPercent(99), 500, 495),
            (FleetPercent(1), 1, 1),
            (HostCount(0), 9, 0),
            (HostCount(20), 9, 20),
            (MostConcurrency(1), 10, 9),
            (MostConcurrency(1), 1, 0),
            (MostConcurrency(7), 3, 0),
            (FleetPercent(u32::MAX), u32::MAX, u32::MAX),
        ] {
            assert_eq!(given.minimum(hosts), minimum, "{given:?} of {hosts}");
        }
    }

    #[test]
    fn predefined_configurations_convert() {
        let stored = predefined();
        let of = |name: &str| {
            let config = stored.iter().find(|c| c.name.ends_with(name)).expect("predefined");
            FleetMinimum::try_from(config.minimum_healthy_hosts.as_ref().expect("a minimum"))
        };
        assert_eq!(of(".OneAtATime"), Ok(FleetMinimum::MostConcurrency(1)));
        assert_eq!(of(".HalfAtATime"), Ok(FleetMinimum::FleetPercent(50)));
        assert_eq!(of(".AllAtOnce"), Ok(FleetMinimum::HostCount(0)));
        let unknown = MinimumHealthyHosts { kind: "PHASE_OF_MOON".to_owned(), value: 1 };
        assert!(FleetMinimum::try_from(&unknown).is_err());
    }
}
