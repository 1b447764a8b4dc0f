//! What a world starts with and what happens in it from outside.

use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::audience::{Audience, Told, Topic};
use cutover_core::config::{ComputePlatform, TrafficRouting};
use cutover_core::deployment::ErrorCode;
use cutover_core::event::HookStatus;
use cutover_core::follow_up;
use cutover_core::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use cutover_core::lifecycle::LifecycleEvent;
use cutover_core::plan::{
    self, AlarmPlan, AliasShift, AutoRollback, GroupRef, HookFunctions, PlanInput, ShiftWork, Work,
};
use cutover_core::record::{Creator, Record};
use cutover_core::time::Timestamp;
use cutover_core::trigger::queue::Policy;
use cutover_store::plans::Planned;

use crate::faults::Faults;
use crate::fleet::Fleet;
use crate::mutants::Mutant;
use crate::story::Moment;

/// The instant at which every world begins, in milliseconds since the Unix epoch.
pub const GENESIS: i64 = 1_700_000_000_000;

/// The most that a try which goes wrong takes: its worker is gone, and the sweep finds out.
const TRY_MS: i64 = 120_000;

/// A world before it begins. Times are milliseconds since its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Who takes part.
    pub cast: Cast,
    /// How the traffic moves.
    pub routing: TrafficRouting,
    /// The BeforeAllowTraffic hook.
    pub before: Option<Hook>,
    /// The AfterAllowTraffic hook.
    pub after: Option<Hook>,
    /// How long a hook may take.
    pub hook_timeout_ms: u64,
    /// Names of the watched alarms.
    pub alarms: Vec<String>,
    /// Go on when they cannot be read.
    pub ignore_poll_failure: bool,
    /// When a rollback deployment follows.
    pub auto_rollback: AutoRollback,
    /// What the plan's waits are divided by.
    pub speed: u32,
    /// Whether the sweep runs.
    pub sweeps: bool,
    /// When deployments are asked for.
    pub creates: Vec<i64>,
    /// What pushes do while the group deploys, where requests are pushes.
    pub pushes: Option<Policy>,
    /// The order keys of pushes; those that have none here are as old as they are numbered.
    pub orders: Vec<u64>,
    /// How often a request that finds the group held is made again, five minutes later.
    pub patience: u32,
    /// Which requests, counted from 0, are for something that cannot be deployed, and why not.
    pub unworkable: Vec<(u64, ErrorCode)>,
    /// What happens from outside, in any order.
    pub happenings: Vec<(i64, Happening)>,
    /// What happens from outside at places in the course of the first deployment, once each.
    pub moments: Vec<(Moment, Happening)>,
    /// The hosts, where it is hosts that are deployed to and not an alias.
    pub fleet: Option<Fleet>,
    /// How many listen to the deployments.
    pub listeners: u32,
    /// What goes wrong with calls and messages.
    pub faults: Faults,
    /// From here on nothing goes wrong any more, except for what is refused and not lifted.
    pub calm_at: i64,
    /// A broken rule, to see that it is caught.
    pub mutant: Option<Mutant>,
}

impl Setup {
    /// One deployment of that routing, nothing else, and nothing goes wrong.
    pub fn quiet(routing: TrafficRouting) -> Self {
        Self {
            cast: Cast::default(),
            routing,
            before: None,
            after: None,
            hook_timeout_ms: 3_600_000,
            alarms: Vec::new(),
            ignore_poll_failure: false,
            auto_rollback: AutoRollback::default(),
            speed: 1,
            sweeps: true,
            creates: vec![0],
            pushes: None,
            orders: Vec::new(),
            patience: 0,
            unworkable: Vec::new(),
            happenings: Vec::new(),
            moments: Vec::new(),
            fleet: None,
            listeners: 0,
            faults: Faults::default(),
            calm_at: 0,
            mutant: None,
        }
    }

    /// Those who listen, to everything.
    fn topics(&self) -> Vec<Topic> {
        let events: Vec<String> = Told::ALL.iter().map(|told| told.as_str().to_owned()).collect();
        let topic =
            |n: u32| Topic { name: n.to_string(), arn: format!("listener-{n}"), events: events.clone() };
        (1..=self.listeners).map(topic).collect()
    }

    /// The hook of that event; the same function may serve both.
    pub fn hook(&self, event: LifecycleEvent) -> Option<&Hook> {
        match event {
            LifecycleEvent::BeforeAllowTraffic => self.before.as_ref(),
            LifecycleEvent::AllowTraffic => None,
            LifecycleEvent::AfterAllowTraffic => self.after.as_ref(),
        }
    }

    /// The order key of push number `n`.
    pub(crate) fn order_of(&self, n: u64) -> u64 {
        self.orders.get(n as usize).copied().unwrap_or(n + 1)
    }

    /// By when everything must be over: the plans' waits, an hour and some for every hook, what tries that go
    /// wrong take, two hours more.
    pub fn deadline(&self) -> i64 {
        let plan = self.routing.total_mins() as i64 * 60_000;
        let hooks = i64::from(self.before.is_some()) + i64::from(self.after.is_some());
        let happenings = self.happenings.iter().map(|(_, what)| what);
        let launched: u32 = happenings.chain(self.moments.iter().map(|(_, what)| what)).map(launches).sum();
        let fleet = self.fleet.as_ref().map_or(0, |fleet| fleet.longest_ms(launched));
        let one = plan + fleet + hooks * self.hook_timeout_ms as i64 + 7_200_000;
        let last = self.creates.iter().copied().max().unwrap_or(0) + i64::from(self.patience) * 300_000;
        let happening = self.happenings.iter().map(|(at, _)| *at).max().unwrap_or(0);
        let moment = self.moments.iter().map(|(moment, _)| moment.after).max().unwrap_or(0);
        let tries: i64 = self.faults.tries.iter().map(|tries| i64::from(tries.times)).sum();
        let begun = last.max(self.calm_at).max(happening);
        let follow_ups = if launched > 0 { i64::from(follow_up::MOST) } else { 0 };
        begun + one * (self.creates.len().max(1) as i64 + follow_ups) + moment + tries * TRY_MS
    }

    /// The plan and record of deployment number `n`, from the version that the alias names to a new one, or over the
    /// group's last revision.
    pub(crate) fn planned(
        &self,
        n: u64,
        current: &str,
        last: Option<&str>,
        now: Timestamp,
    ) -> Option<Planned> {
        let hook = |hook: &Option<Hook>, name: &str| hook.as_ref().map(|_| name.to_owned());
        let target = if n == 0 { self.cast.target.clone() } else { (n + 2).to_string() };
        let work = if let Some((_, code)) = self.unworkable.iter().find(|(request, _)| *request == n) {
            let lambda = self.fleet.is_none();
            let platform = if lambda { ComputePlatform::Lambda } else { ComputePlatform::Server };
            let message = "it cannot work".to_owned();
            Work::Fail { platform, code: *code, message }
        } else if let Some(fleet) = &self.fleet {
            Work::Fleet(Box::new(fleet.plan(n, &self.cast.group, last)))
        } else {
            Work::Shift(ShiftWork {
                routing: self.routing,
                shift: AliasShift { alias: self.cast.alias.clone(), current: current.to_owned(), target },
                hooks: HookFunctions {
                    before_allow_traffic: hook(&self.before, &self.cast.before_hook),
                    after_allow_traffic: hook(&self.after, &self.cast.after_hook),
                },
                hook_timeout_ms: self.hook_timeout_ms,
                nonce: "0f0f0f0f".to_owned(),
            })
        };
        let input = PlanInput {
            deployment: id_of(n, false),
            rollback_id: id_of(n, true),
            scope: scope(),
            group: self.cast.group.clone(),
            work,
            alarms: AlarmPlan { names: self.alarms.clone(), ignore_poll_failure: self.ignore_poll_failure },
            auto_rollback: self.auto_rollback,
            speed: self.speed,
            now,
        };
        let plan = plan::plan(&input).ok()?;
        let record = Record {
            config: "simulated".to_owned(),
            creator: Creator::User,
            description: None,
            revision: plan.fleet.as_ref().map_or(&plan.shift.target, |fleet| &fleet.revision).as_str().into(),
            previous_revision: last.map(Into::into),
            auto_rollback: None,
            override_alarms: None,
            file_exists_behavior: None,
            more: serde_json::Map::new(),
            rollback_of: None,
            audience: Audience { topics: self.topics(), ..Audience::default() },
        };
        Some(Planned { plan, record })
    }
}

/// How many hosts are launched by what happens.
fn launches(what: &Happening) -> u32 {
    if let Happening::Launch(hosts) = what { *hosts } else { 0 }
}

/// Who takes part in a world, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The deployment group.
    pub group: GroupRef,
    /// The alias.
    pub alias: AliasRef,
    /// The version that it names at first.
    pub current: String,
    /// The version that the first request brings; request number n, from 1, brings version n + 1.
    pub target: String,
    /// Function of the BeforeAllowTraffic hook.
    pub before_hook: String,
    /// Function of the AfterAllowTraffic hook.
    pub after_hook: String,
}

impl Default for Cast {
    fn default() -> Self {
        Self {
            group: GroupRef {
                application_id: ApplicationId::new("11111111-1111-4111-8111-111111111111"),
                application: "shop".to_owned(),
                group_id: GroupId::new("22222222-2222-4222-8222-222222222222"),
                group: "live".to_owned(),
            },
            alias: AliasRef { function: "shop".to_owned(), alias: "live".to_owned() },
            current: "1".to_owned(),
            target: "2".to_owned(),
            before_hook: "pre".to_owned(),
            after_hook: "post".to_owned(),
        }
    }
}

/// How a hook behaves whenever it is invoked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hook {
    /// What it answers, and how long after the invocation. None: never.
    pub answers: Vec<(i64, HookStatus)>,
    /// The invocation returns only so much later: an answer may come before.
    pub returns_after: i64,
}

/// What happens from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// Somebody stops the deployment that holds the group.
    Stop {
        /// autoRollbackEnabled of the request.
        rollback: Option<bool>,
    },
    /// An operator abandons what cannot be undone, as soon as there is such a thing.
    Abandon,
    /// An alarm changes.
    Alarm {
        /// Which.
        name: String,
        /// To what.
        now: AlarmNow,
        /// Whether the event that tells of it arrives.
        told: bool,
    },
    /// Somebody else writes the alias.
    Foreign(AliasState),
    /// Somebody else changes the alias's description: another revision, the same routing.
    Describe,
    /// Somebody changes the deployment group.
    EditGroup,
    /// Somebody deletes the alias.
    DeleteAlias,
    /// Somebody else suspends or resumes a process of an Auto Scaling group.
    Processes {
        /// Which group, from 1.
        group: u32,
        /// Which process.
        process: String,
        /// Which of the two.
        suspend: bool,
    },
    /// Auto Scaling launches so many hosts.
    Launch(u32),
    /// Somebody deletes an Auto Scaling group.
    DeleteScalingGroup(u32),
    /// Calls of that port are refused from now on.
    Refuse(Port),
    /// They no longer are.
    Lift(Port),
    /// The poll has not read the alarms for the third time in a row, and tells.
    PollGivesUp,
    /// All messages are lost.
    Purge,
    /// The service is away for so many milliseconds: its workers die, and nobody takes or answers anything.
    Away(i64),
}

/// How an alarm stands in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmNow {
    /// OK.
    Green,
    /// ALARM.
    Red,
    /// INSUFFICIENT_DATA.
    NoData,
    /// Every reading that names it fails.
    Unreadable,
    /// It does not exist.
    Missing,
}

/// What may be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Reading the alias.
    AliasReads,
    /// Writing the alias.
    AliasWrites,
    /// Invoking hooks.
    Hooks,
    /// Telling the first listener.
    Listener,
    /// Reading alarms.
    Alarms,
    /// Reading which processes are suspended.
    Processes,
    /// Suspending processes.
    Suspends,
    /// Resuming processes.
    Resumes,
}

/// The listener that may refuse.
pub(crate) const FIRST_LISTENER: &str = "listener-1";

/// The scope of every world.
pub fn scope() -> Scope {
    Scope::new("123456789012", "us-east-1")
}

/// What deployment ids are made of.
const ID_SALT: u64 = 0x0000_5eed_0000_0000;

/// The id of the deployment that request number `n` makes, or of its rollback deployment.
pub(crate) fn id_of(n: u64, rollback: bool) -> DeploymentId {
    DeploymentId::from_bits(ID_SALT ^ ((2 * n + u64::from(rollback) + 1) << 20))
}
