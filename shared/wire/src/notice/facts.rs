//! What there is to tell, independent of who hears it.

use cutover_core::audience::Told;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;

/// One thing that happened to a deployment, or to a host in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where the deployment lives.
    pub scope: Scope,
    /// What happened.
    pub told: Told,
    /// When.
    pub at: Timestamp,
    /// Its place among what is told of the deployment; 0 of a host.
    pub seq: u32,
    /// The application's name.
    pub application: String,
    /// The group's name.
    pub group: String,
    /// The group's id.
    pub group_id: String,
    /// The deployment's id.
    pub deployment: String,
    /// `Lambda`, `Server`, `ECS`.
    pub platform: &'static str,
    /// The deployment's status at that moment, as the API spells it.
    pub status: &'static str,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its first step began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub completed_at: Option<Timestamp>,
    /// How many targets stand how.
    pub overview: Overview,
    /// Why it did not succeed.
    pub error: Option<Trouble>,
    /// What it has to do with a rollback.
    pub rollback: Option<Rollback>,
    /// The host, if it is about one.
    pub host: Option<Host>,
}

/// How many targets stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overview {
    /// Failed.
    pub failed: u32,
    /// At work.
    pub in_progress: u32,
    /// Not begun.
    pub pending: u32,
    /// Left out.
    pub skipped: u32,
    /// Succeeded.
    pub succeeded: u32,
}

/// errorInformation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// As the API spells it.
    pub code: String,
    /// For people.
    pub message: String,
}

/// rollbackInfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// Of a deployment that is rolled back: the deployment that does it.
    pub by: Option<String>,
    /// Of a rollback deployment: the deployment that it rolls back.
    pub of: Option<String>,
    /// For people.
    pub message: String,
}

/// A host of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its status in the deployment, as the API spells it.
    pub status: &'static str,
    /// When that was learnt.
    pub updated_at: Timestamp,
    /// Its lifecycle events, as far as they are known.
    pub events: Vec<HostEvent>,
}

/// A lifecycle event of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEvent {
    /// As the API spells it.
    pub name: String,
    /// As the API spells it.
    pub status: String,
    /// When it began.
    pub start: Option<Timestamp>,
    /// When it ended.
    pub end: Option<Timestamp>,
}

impl Facts {
    /// What names this to one listener, the same at every try: whoever hears it twice can drop the second.
    pub fn id(&self, listener: &str) -> String {
        match &self.host {
            None => format!("{}.{}.{listener}", self.deployment, self.seq),
            Some(host) => format!("{}.{}.{}.{listener}", self.deployment, host.name, self.told.as_str()),
        }
    }
}

/// A number as text: seconds since the epoch with milliseconds.
pub(super) fn seconds(at: Timestamp) -> String {
    let millis = at.as_millis();
    format!("{}.{:03}", millis.div_euclid(1_000), millis.rem_euclid(1_000))
}

/// `2026-11-01T12:00:05.250Z`.
pub(super) fn iso(at: Timestamp) -> String {
    at.to_string().replacen(' ', "T", 1).replacen(" UTC", "Z", 1)
}
