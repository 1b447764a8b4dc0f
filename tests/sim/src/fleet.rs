//! A fleet of simulated hosts: who they are, and what goes wrong with them.

use cutover_core::fleet::host_event::HostEvent;
use cutover_core::fleet::minimum::FleetMinimum;
use cutover_core::fleet::rule::Zonal;
use cutover_core::fleet_plan::{FleetPlan, Previous, Selection, TagFilter};
use cutover_core::host_work::{Bundle, HostWork};
use cutover_core::limits::{ACCEPT_MS, SHARD_HOSTS};
use cutover_core::plan::GroupRef;

use crate::world::group_name;

/// The revision that a fleet has before anything is deployed.
pub const FIRST_REVISION: &str = "1";

/// The lifecycle events of every order.
pub const EVENTS: [HostEvent; 7] = HostEvent::IN_PLACE;

/// A fleet before its world begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// How many hosts there are: `host-1`, `host-2`, ….
    pub hosts: u32,
    /// How many of them must stay healthy.
    pub minimum: FleetMinimum,
    /// Over how many zones they are spread; none has one if it is 0.
    pub zones: u32,
    /// Present where zones take turns.
    pub zonal: Option<Zonal>,
    /// The most hosts of a shard.
    pub shard_hosts: usize,
    /// How long an order takes, about.
    pub work_ms: i64,
    /// How long an agent rests between two looks into its queue.
    pub poll_gap_ms: i64,
    /// How far the hosts' clocks are off at most.
    pub clocks_ms: i64,
    /// Whether the group has a last successful revision, which is what every host runs.
    pub deployed_before: bool,
    /// Every request brings the same revision.
    pub same_revision: bool,
    /// Only hosts that do not have the revision take part.
    pub outdated_only: bool,
    /// How many Auto Scaling groups the group names.
    pub scaling_groups: u32,
    /// Which of their processes are suspended meanwhile.
    pub suspend: Vec<String>,
    /// Whether hosts that they launch meanwhile get the revision afterwards.
    pub update_launched: bool,
    /// What goes wrong with hosts.
    pub troubles: Vec<HostTrouble>,
}

/// Something that goes wrong with a host in a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostTrouble {
    /// Which host, from 1.
    pub host: u32,
    /// In the deployment of which request, from 0; in every rollback deployment where there is none.
    pub request: Option<u64>,
    /// What.
    pub what: Ailment,
}

/// What goes wrong with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    /// A lifecycle event fails.
    Fails(HostEvent),
    /// Its agent does not run: no order is taken.
    NeverAnswers,
    /// The host dies in an event, or somewhere between the first and the last.
    Dies {
        /// In which.
        event: Option<HostEvent>,
        /// After so many milliseconds it is there again; its agent says that the event failed.
        back: Option<i64>,
    },
    /// It sleeps for so long when its order comes, and knows nothing of it.
    Sleeps(i64),
    /// It sleeps for so long in the middle of its work, and goes on as if nothing had been.
    Stalls(i64),
    /// Its work takes so long.
    Takes(i64),
    /// It works on another group's order for so long when its order comes, and says so.
    Busy(i64),
}

impl Fleet {
    /// A fleet in which nothing goes wrong.
    pub fn new(hosts: u32, minimum: FleetMinimum) -> Self {
        Self {
            hosts,
            minimum,
            zones: 0,
            zonal: None,
            shard_hosts: SHARD_HOSTS,
            work_ms: 30_000,
            poll_gap_ms: 5_000,
            clocks_ms: 0,
            deployed_before: true,
            same_revision: false,
            outdated_only: false,
            scaling_groups: 0,
            suspend: Vec::new(),
            update_launched: false,
            troubles: Vec::new(),
        }
    }

    /// What becomes of a host in the deployment of that request.
    pub(crate) fn ailment(&self, host: usize, request: Option<u64>) -> Option<Ailment> {
        let found = self.troubles.iter().find(|t| t.host as usize == host + 1 && t.request == request);
        found.map(|trouble| trouble.what)
    }

    /// The zone of the host at this place.
    pub(crate) fn zone(&self, host: usize) -> Option<String> {
        let letter = |zones: u32| char::from(b'a' + (host as u32 % zones.min(26)) as u8);
        (self.zones > 0).then(|| format!("zone-{}", letter(self.zones)))
    }

    /// The revision that request number `n` brings.
    pub(crate) fn revision(&self, n: u64) -> String {
        if self.same_revision { "2".to_owned() } else { (n + 2).to_string() }
    }

    /// What is planned for request number `n`, over the group's last successful revision.
    pub(crate) fn plan(&self, n: u64, group: &GroupRef, last: Option<&str>) -> FleetPlan {
        let filter = TagFilter { key: Some("role".to_owned()), value: None };
        FleetPlan {
            selection: Selection {
                on_premises: vec![vec![filter]],
                auto_scaling_groups: (1..=self.scaling_groups).map(group_name).collect(),
                ..Selection::default()
            },
            outdated_only: self.outdated_only,
            suspend: self.suspend.clone(),
            update_launched: self.update_launched,
            minimum: self.minimum,
            zonal: self.zonal,
            accept_ms: ACCEPT_MS,
            shard_hosts: self.shard_hosts,
            work: work(group, &self.revision(n)),
            revision: self.revision(n),
            previous: last
                .map(|last| Box::new(Previous { work: work(group, last), revision: last.to_owned() })),
        }
    }

    /// The longest that one deployment may take, whatever its hosts and those that are launched do.
    pub(crate) fn longest_ms(&self, launched: u32) -> i64 {
        let each = |trouble: &HostTrouble| match trouble.what {
            Ailment::Sleeps(ms) | Ailment::Stalls(ms) | Ailment::Takes(ms) | Ailment::Busy(ms) => ms,
            Ailment::Dies { back, .. } => back.unwrap_or(0),
            Ailment::Fails(_) | Ailment::NeverAnswers => 0,
        };
        let troubles: i64 = self.troubles.iter().map(each).sum();
        let waits = self.zonal.map_or(0, |z| z.first_monitor_ms + u64::from(self.zones) * z.monitor_ms);
        let one = self.work_ms * 2 + 2 * (self.poll_gap_ms + 60_000) + 240_000;
        // And as much again for its rollback deployment.
        2 * (one * i64::from(self.hosts + launched) + waits as i64) + troubles
    }
}

/// What a host is to do for a revision. Its name stands in the path of the bundle.
fn work(group: &GroupRef, revision: &str) -> HostWork {
    HostWork {
        application: group.application.clone(),
        group: group.group.clone(),
        group_id: group.group_id.clone(),
        bundle: Bundle::Local { path: format!("/bundles/{revision}"), bundle_type: "tgz".to_owned() },
        sha256: None,
        appspec: None,
        events: EVENTS.iter().map(|event| event.as_str().to_owned()).collect(),
        file_exists: "DISALLOW".to_owned(),
        ignore_stop_failures: false,
        creator: "user".to_owned(),
        reuse: false,
        keep: None,
    }
}

/// The revision that a host is to get.
pub(crate) fn revision_of(work: &HostWork) -> &str {
    match &work.bundle {
        Bundle::Local { path, .. } => path.rsplit('/').next().unwrap_or_default(),
        Bundle::S3 { key, .. } => key,
        Bundle::GitHub { commit, .. } => commit,
    }
}
