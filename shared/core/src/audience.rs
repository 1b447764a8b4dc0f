//! Who is to hear of a deployment, fixed when it is created: a group's triggers may change meanwhile, and whoever
//! heard of a start is to hear of the end.

use serde::{Deserialize, Serialize};

use crate::deployment::Verdict;

/// What is told, spelt as the events of a group's triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Told {
    /// The first step was claimed.
    DeploymentStart,
    /// It succeeded.
    DeploymentSuccess,
    /// It failed.
    DeploymentFailure,
    /// It was stopped.
    DeploymentStop,
    /// Its rollback deployment was created.
    DeploymentRollback,
    /// The replacement is ready and waits to be given the traffic.
    DeploymentReady,
    /// A host began.
    InstanceStart,
    /// A host succeeded.
    InstanceSuccess,
    /// A host failed or was lost.
    InstanceFailure,
    /// A host of the replacement is ready.
    InstanceReady,
}

impl Told {
    /// Every event.
    pub const ALL: [Self; 10] = [
        Self::DeploymentStart,
        Self::DeploymentSuccess,
        Self::DeploymentFailure,
        Self::DeploymentStop,
        Self::DeploymentRollback,
        Self::DeploymentReady,
        Self::InstanceStart,
        Self::InstanceSuccess,
        Self::InstanceFailure,
        Self::InstanceReady,
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DeploymentStart => "DeploymentStart",
            Self::DeploymentSuccess => "DeploymentSuccess",
            Self::DeploymentFailure => "DeploymentFailure",
            Self::DeploymentStop => "DeploymentStop",
            Self::DeploymentRollback => "DeploymentRollback",
            Self::DeploymentReady => "DeploymentReady",
            Self::InstanceStart => "InstanceStart",
            Self::InstanceSuccess => "InstanceSuccess",
            Self::InstanceFailure => "InstanceFailure",
            Self::InstanceReady => "InstanceReady",
        }
    }

    /// Whether it is about one host.
    pub fn is_of_host(self) -> bool {
        matches!(
            self,
            Self::InstanceStart | Self::InstanceSuccess | Self::InstanceFailure | Self::InstanceReady
        )
    }

    /// How the end of a deployment is told.
    pub fn end(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Succeeded => Self::DeploymentSuccess,
            Verdict::Failed => Self::DeploymentFailure,
            Verdict::Stopped => Self::DeploymentStop,
        }
    }
}

/// Who is to hear of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The group's triggers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// The installation's event bus.
    #[serde(default)]
    pub bus: bool,
    /// Webhooks: which ones there are is looked up when there is something to tell.
    #[serde(default)]
    pub webhooks: bool,
    /// Who waits for the outcome alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Callback>,
}

/// A trigger of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// triggerName.
    pub name: String,
    /// triggerTargetArn: an SNS topic.
    pub arn: String,
    /// triggerEvents, as the API spells them.
    pub events: Vec<String>,
}

/// A CloudFormation wait condition: its handle's address is told once how the deployment, and the rollback deployment
/// if one follows, ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// A presigned address; whoever knows it can signal.
    pub url: String,
}

impl Audience {
    /// Whether nobody is to hear of it.
    pub fn is_empty(&self) -> bool {
        let Self { topics, bus, webhooks, callback } = self;
        topics.is_empty() && !bus && !webhooks && callback.is_none()
    }

    /// Whether somebody is to hear of single hosts.
    pub fn hears_of_hosts(&self) -> bool {
        self.bus || self.webhooks || self.topics.iter().any(Topic::hears_of_hosts)
    }
}

impl Topic {
    /// Whether it asked for this.
    pub fn hears(&self, told: Told) -> bool {
        self.events.iter().any(|event| event == told.as_str())
    }

    fn hears_of_hosts(&self) -> bool {
        Told::ALL.into_iter().any(|told| told.is_of_host() && self.hears(told))
    }
}
