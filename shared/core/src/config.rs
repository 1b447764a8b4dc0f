//! Deployment configurations: how traffic or instances move (behaviour: predefined configurations).

use serde::{Deserialize, Serialize};

/// The compute platform of an application, as the API spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ComputePlatform {
    /// EC2 and on-premises instances.
    Server,
    /// Lambda aliases.
    Lambda,
    /// ECS services.
    ECS,
}

impl ComputePlatform {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "Server",
            Self::Lambda => "Lambda",
            Self::ECS => "ECS",
        }
    }

    /// The platform of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Server, Self::Lambda, Self::ECS].into_iter().find(|p| p.as_str() == text)
    }

    /// The configuration used when none is named.
    pub fn default_config(self) -> &'static str {
        match self {
            Self::Server => "CodeDeployDefault.OneAtATime",
            Self::Lambda => "CodeDeployDefault.LambdaAllAtOnce",
            Self::ECS => "CodeDeployDefault.ECSAllAtOnce",
        }
    }
}

/// How traffic moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum TrafficRouting {
    /// One share first, the rest after a wait.
    TimeBasedCanary {
        /// 1..=99.
        percentage: u8,
        /// Minutes between the two shifts, 1..=2880.
        interval_mins: u32,
    },
    /// Equal shares at equal intervals.
    TimeBasedLinear {
        /// 1..=99.
        percentage: u8,
        /// Minutes between two shifts.
        interval_mins: u32,
    },
    /// Everything in one step.
    AllAtOnce,
}

/// The longest time from the first shift to the last, in minutes (behaviour: quotas).
pub const MAX_SHIFT_MINS: u64 = 2_880;

impl TrafficRouting {
    /// The shares of the target after each shift, in percent, ending in 100.
    pub fn shares(self) -> Vec<u8> {
        match self {
            Self::AllAtOnce => vec![100],
            Self::TimeBasedCanary { percentage, .. } => vec![percentage, 100],
            Self::TimeBasedLinear { percentage, .. } => {
                let step = u16::from(percentage.max(1));
                (1..=100_u16.div_ceil(step)).map(|n| (n * step).min(100) as u8).collect()
            }
        }
    }

    /// Minutes between two shifts.
    pub fn interval_mins(self) -> u32 {
        match self {
            Self::AllAtOnce => 0,
            Self::TimeBasedCanary { interval_mins, .. } | Self::TimeBasedLinear { interval_mins, .. } => {
                interval_mins
            }
        }
    }

    /// Minutes from the first shift to the last.
    pub fn total_mins(self) -> u64 {
        (self.shares().len() as u64 - 1) * u64::from(self.interval_mins())
    }
}

/// How many instances must stay healthy (Server platform).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumHealthyHosts {
    /// `HOST_COUNT`, `FLEET_PERCENT` or, read-only, `MOST_CONCURRENCY`.
    pub kind: String,
    /// A count or a percentage.
    pub value: u32,
}

/// A deployment configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentConfig {
    /// Its name, unique in the scope.
    pub name: String,
    /// A UUID.
    pub id: String,
    /// Which platform it is for.
    pub platform: ComputePlatform,
    /// How traffic moves: Lambda and ECS only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<TrafficRouting>,
    /// How many instances stay healthy: Server only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_healthy_hosts: Option<MinimumHealthyHosts>,
    /// Absent for predefined ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<crate::time::Timestamp>,
}

/// The prefix that only predefined configurations carry.
pub const PREDEFINED_PREFIX: &str = "CodeDeployDefault.";

/// The 17 predefined configurations, in the order of their ids.
pub fn predefined() -> Vec<DeploymentConfig> {
    use ComputePlatform::{ECS, Lambda};
    use TrafficRouting::AllAtOnce;
    let canary = |interval_mins| TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins };
    let linear = |interval_mins| TrafficRouting::TimeBasedLinear { percentage: 10, interval_mins };
    let server = [
        ("OneAtATime", "MOST_CONCURRENCY", 1),
        ("HalfAtATime", "FLEET_PERCENT", 50),
        ("AllAtOnce", "HOST_COUNT", 0),
    ];
    let routed = [
        ("LambdaAllAtOnce", Lambda, AllAtOnce),
        ("LambdaCanary10Percent5Minutes", Lambda, canary(5)),
        ("LambdaCanary10Percent10Minutes", Lambda, canary(10)),
        ("LambdaCanary10Percent15Minutes", Lambda, canary(15)),
        ("LambdaCanary10Percent30Minutes", Lambda, canary(30)),
        ("LambdaLinear10PercentEvery1Minute", Lambda, linear(1)),
        ("LambdaLinear10PercentEvery2Minutes", Lambda, linear(2)),
        ("LambdaLinear10PercentEvery3Minutes", Lambda, linear(3)),
        ("LambdaLinear10PercentEvery10Minutes", Lambda, linear(10)),
        ("ECSAllAtOnce", ECS, AllAtOnce),
        ("ECSCanary10Percent5Minutes", ECS, canary(5)),
        ("ECSCanary10Percent15Minutes", ECS, canary(15)),
        ("ECSLinear10PercentEvery1Minutes", ECS, linear(1)),
        ("ECSLinear10PercentEvery3Minutes", ECS, linear(3)),
    ];
    let servers = server.into_iter().map(|(name, kind, value)| {
        (name, ComputePlatform::Server, None, Some(MinimumHealthyHosts { kind: kind.to_owned(), value }))
    });
    let others = routed.into_iter().map(|(name, platform, routing)| (name, platform, Some(routing), None));
    servers
        .chain(others)
        .enumerate()
        .map(|(i, (name, platform, routing, minimum_healthy_hosts))| DeploymentConfig {
            name: format!("{PREDEFINED_PREFIX}{name}"),
            id: format!("00000000-0000-0000-0000-{:012}", i + 1),
            platform,
            routing,
            minimum_healthy_hosts,
            created_at: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventeen_predefined_with_distinct_names() {
        let all = predefined();
        let names: std::collections::BTreeSet<_> = all.iter().map(|c| &c.name).collect();
        assert_eq!((all.len(), names.len()), (17, 17));
        assert_eq!(all[0].id, "00000000-0000-0000-0000-000000000001");
    }

    #[test]
    fn shares_end_in_everything() {
        let linear = |percentage| TrafficRouting::TimeBasedLinear { percentage, interval_mins: 3 };
        for (routing, shares, mins) in [
            (TrafficRouting::AllAtOnce, vec![100], 0),
            (TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 5 }, vec![10, 100], 5),
            (linear(10), vec![10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 27),
            (linear(30), vec![30, 60, 90, 100], 9),
            (linear(99), vec![99, 100], 3),
            (linear(50), vec![50, 100], 3),
        ] {
            assert_eq!(routing.shares(), shares);
            assert_eq!(routing.total_mins(), mins);
        }
    }
}
