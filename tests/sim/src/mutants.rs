//! Broken rules. Each is a wrapper around a phase, a port or the driver that behaves as if the rule did not
//! exist; the product's code knows nothing of them. A mutant that nothing catches is a hole in the simulator.
//!
//! Rule numbers are those of the table in `docs/GUARANTEES.md`.

mod acts_first;
mod hosts;
mod ops;
mod phases;
mod purse;
mod turns;

use std::ops::Range;
use std::path::Path;

pub(crate) use acts_first::handle as act_before_commit;
pub(crate) use hosts::accept;
pub(crate) use ops::{Bent, Caller, bend, bend_signal};
pub(crate) use phases::BentPhase;
pub(crate) use turns::queue_first;

use crate::campaign::{self, Outcome};
use crate::generate;
use crate::scenario::Scenario;
use crate::world;

/// Recursion that Lambda allows unless a function says otherwise.
pub(crate) const RECURSION_LIMIT: u32 = 16;

macro_rules! mutants {
    ($($(#[doc = $doc:literal])* $rule:literal $name:literal $mutant:ident,)*) => {
        /// A broken rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant {
            $($(#[doc = $doc])* $mutant,)*
        }

        impl Mutant {
            /// Every mutant.
            pub const ALL: &'static [Self] = &[$(Self::$mutant,)*];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$mutant => $name,)*
                }
            }

            /// The rule that it breaks.
            pub fn rule(self) -> u8 {
                match self {
                    $(Self::$mutant => $rule,)*
                }
            }
        }
    };
}

mutants! {
    /// Acts are performed before their claim is committed.
    1 "act-before-commit" ActBeforeCommit,
    /// A signal ends the claim under which somebody is acting.
    2 "signal-interrupts-act" SignalInterruptsAct,
    /// The new epoch that a signal makes gets no wake of its own.
    3 "wake-not-reissued" WakeNotReissued,
    /// A message that comes again is acknowledged without sending the wake once more.
    3 "no-republish" NoRepublish,
    /// A wake that comes too early is acknowledged into nothing.
    3 "early-wake-forgotten" EarlyWakeForgotten,
    /// What is over keeps its timer.
    4 "terminal-keeps-its-timer" TerminalKeepsTimer,
    /// The log's older part is dropped instead of moved.
    4 "log-not-spilled" LogNotSpilled,
    /// Late calls land after the lease.
    5 "lands-after-lease" LandsAfterLease,
    /// A claim outlasts the invisibility of the message that stands for it.
    5 "lease-longer-than-visibility" LeaseLongerThanVisibility,
    /// Reading back always finds what was expected.
    5 "verify-blindly" VerifyBlindly,
    /// A share is added to the one that stands, not set.
    6 "add-instead-of-set" AddInsteadOfSet,
    /// Every invocation of a hook has a new execution id.
    6 "new-execution-id" NewExecutionId,
    /// An answer counts for whichever hook is running.
    6 "any-answer-counts" AnyAnswerCounts,
    /// A hook whose time is up counts as passed.
    6 "silence-is-consent" SilenceIsConsent,
    /// The sweep never runs.
    7 "no-sweep" NoSweep,
    /// The table does not look at versions.
    7 "no-version-condition" NoVersionCondition,
    /// An epoch stands for two states.
    7 "epoch-stands-still" EpochStandsStill,
    /// Every worker claims every act.
    8 "claims-any-act" ClaimsAnyAct,
    /// A throttled call fails its message, which comes again and again until it is a dead letter.
    9 "errors-burn-receives" ErrorsBurnReceives,
    /// Only those are undone for whom a rollback deployment is configured.
    10 "undo-only-if-configured" UndoOnlyIfConfigured,
    /// Traffic goes back through the shares by which it came.
    10 "undo-through-the-steps" UndoThroughTheSteps,
    /// The rollback deployment is not created with the end of its victim.
    10 "rollback-not-created" RollbackNotCreated,
    /// The end of a deployment leaves its group held.
    10 "group-not-released" GroupNotReleased,
    /// Whatever the alias is, it is overwritten.
    11 "overwrite-foreign" OverwriteForeign,
    /// A resource that is gone is an error to be tried again.
    12 "gone-is-an-error" GoneIsAnError,
    /// Nobody hears that a deployment is given up.
    12 "deaf-to-abandon" DeafToAbandon,
    /// Alarms that cannot be read count as fine.
    13 "no-data-is-fine" NoDataIsFine,
    /// The alarms are not watched from the beginning.
    13 "no-watch" NoWatch,
    /// The end of a deployment leaves its alarms watched.
    13 "watch-left-behind" WatchLeftBehind,
    /// Nobody listens to alarms while a share stands.
    13 "deaf-to-alarms" DeafToAlarms,
    /// A request to stop is acknowledged and forgotten.
    2 "deaf-to-stop" DeafToStop,
    /// The speed divides leases, too.
    14 "speed-divides-leases" SpeedDividesLeases,
    /// Waits end a tenth early.
    14 "waits-cut-short" WaitsCutShort,
    /// Chains of functions and queues are cut after sixteen rounds.
    15 "recursion-guard" RecursionGuard,
    /// Every wave has one host more than there is room for.
    16 "one-more-at-a-time" OneMoreAtATime,
    /// An agent is told that it may begin before that is committed.
    17 "granted-uncommitted" GrantedUncommitted,
    /// An order that was withdrawn may still begin.
    17 "withdrawn-may-begin" WithdrawnMayBegin,
    /// A host that stopped reporting counts as succeeded.
    18 "lost-host-succeeds" LostHostSucceeds,
    /// What is said of a host after its end counts.
    18 "late-report-flips" LateReportFlips,
    /// A final report is counted and not kept.
    18 "target-not-kept" TargetNotKept,
    /// A report that was kept by somebody who died is never counted.
    18 "kept-not-counted" KeptNotCounted,
    /// Hosts that could not be heard while the service was away are given up.
    18 "absence-blames-hosts" AbsenceBlamesHosts,
    /// A deployment that ends does not wait for its hosts.
    19 "closes-over-its-fleet" ClosesOverItsFleet,
    /// The sweep does not look at fleets.
    19 "fleet-not-swept" FleetNotSwept,
    /// Whoever finds a board after a crash does not send its orders.
    19 "orders-not-sent-again" OrdersNotSentAgain,
    /// Every shard is granted one host more than it was given.
    20 "one-grant-too-many" OneGrantTooMany,
    /// A shard is counted at what it was seen to hold, not at what it was granted.
    20 "granted-not-counted" GrantedNotCounted,
    /// A fleet counts as written although one of its rosters is not.
    20 "half-a-fleet-is-whole" HalfAFleetIsWhole,
    /// A withdrawal does not reach one of the shards.
    20 "withdraw-misses-a-shard" WithdrawMissesAShard,
    /// The fleet counts as over as soon as one of its shards is.
    20 "one-shard-over-is-all-over" OneShardOverIsAllOver,
    /// A shard whose call was lost is not called again.
    20 "lost-call-not-repeated" LostCallNotRepeated,
    /// What is to be told of an end is not noted with it.
    21 "end-not-noted" EndNotNoted,
    /// A listener that refuses counts as told.
    21 "refusal-counts-as-told" RefusalCountsAsTold,
    /// Notices are not looked at in order.
    21 "tells-the-end-first" TellsTheEndFirst,
    /// The group does not know how new the build is that was started last.
    22 "order-not-kept" OrderNotKept,
    /// What a push leads to is done, and that it was pushed is not remembered with it.
    22 "push-not-remembered" PushNotRemembered,
    /// A deployment that succeeds leaves suspended what it suspended.
    23 "success-does-not-resume" SuccessDoesNotResume,
    /// What could not be resumed counts as resumed.
    23 "failed-resume-counts" FailedResumeCounts,
    /// What others had suspended before is resumed.
    23 "resumes-what-others-suspended" ResumesWhatOthersSuspended,
    /// Processes are suspended before that is noted.
    23 "suspends-unnoted" SuspendsUnnoted,
    /// Nobody looks for hosts that were launched meanwhile.
    24 "launched-not-looked-for" LaunchedNotLookedFor,
    /// Hosts that a deployment left out are forgotten.
    24 "left-out-is-forgotten" LeftOutIsForgotten,
    /// A turn reads what waits for a group before it reads what the group is at.
    22 "queue-read-first" QueueReadFirst,
}

/// The mutant of that name.
pub fn named(name: &str) -> Result<Mutant, String> {
    Mutant::ALL.iter().copied().find(|m| m.name() == name).ok_or_else(|| {
        let all: Vec<&str> = Mutant::ALL.iter().map(|m| m.name()).collect();
        format!("{name:?} is not one of: {}", all.join(", "))
    })
}

/// The folder of scenario files.
pub fn scenario_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))
}

/// How the mutant is caught: by the first of these seeds, or else by the first scenario file that does not end
/// as it says; a `stride` of n tries one in n single faults of those that try them all. Nothing when it survives.
pub fn caught(mutant: Mutant, seeds: Range<u64>, stride: usize) -> Option<String> {
    let from = seeds.start;
    let tally = campaign::run(seeds, |seed| {
        let mut setup = generate::setup(seed);
        setup.mutant = Some(mutant);
        let report = world::run(&setup, seed, false);
        Outcome { worlds: 1, calls: report.calls, found: report.violation }
    });
    if let Some((seed, violation)) = tally.found {
        return Some(format!("caught after {} seeds by {violation}", seed - from + 1));
    }
    let scenarios = Scenario::load(scenario_folder()).unwrap_or_default();
    let tally = campaign::run(0..scenarios.len() as u64, |place| {
        let (name, mut scenario) = scenarios[place as usize].clone();
        scenario.setup.mutant = Some(mutant);
        let wrong = scenario.run(stride).err();
        let found = wrong.map(|wrong| format!("caught by the scenario {name}: {}", wrong.what));
        Outcome { worlds: 1, calls: 0, found }
    });
    tally.found.map(|(_, how)| how)
}
