//! Groups, turns and troubles, drawn at random; and which of them make sense when.

use std::fmt;

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use sim::exhaustive::Single;
use sim::faults::Fault;
use sim::model::{Act, Group, Hook, Model, Rollback, Traffic};
use sim::setup::{AlarmNow, Port};

/// The model, and what decides about the world's small things.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) model: Model,
    pub(crate) seed: u64,
    /// What went wrong since the newest deployment was asked for.
    pub(crate) troubles: u32,
}

impl fmt::Debug for Case {
    /// What it begins with: the rest follows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, {:?}", self.seed, self.model.group)
    }
}

/// After so many turns of waiting, one in which that happens.
#[derive(Clone)]
pub(crate) struct Turn {
    pub(crate) after: u32,
    pub(crate) act: Act,
    pub(crate) trouble: Option<Trouble>,
}

impl fmt::Debug for Turn {
    /// On one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} turns later {:?}", self.after, self.act)?;
        self.trouble.map_or(Ok(()), |trouble| write!(f, " in trouble {trouble:?}"))
    }
}

/// What goes wrong from the act on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// A call or a message.
    One(Single),
    /// All messages are lost, so many milliseconds later.
    Purge { after: i64 },
}

const TROUBLES: u32 = 2;

impl Case {
    /// Not too much, and none that could make the second answer of a hook the first.
    fn bears_trouble(&self) -> bool {
        let mut hooks = self.model.group.before.iter().chain(&self.model.group.after);
        self.troubles < TROUBLES && !hooks.any(|hook| hook.wavers)
    }
}

impl ReferenceStateMachine for Case {
    type State = Self;
    type Transition = Turn;

    fn init_state() -> BoxedStrategy<Self> {
        let case = |(group, seed)| Self { model: Model::new(group), seed, troubles: 0 };
        (group(), any::<u64>().no_shrink()).prop_map(case).boxed()
    }

    fn transitions(case: &Self) -> BoxedStrategy<Turn> {
        let more = case.bears_trouble();
        let trouble = if more { prop::option::weighted(0.4, trouble()).boxed() } else { Just(None).boxed() };
        let after = prop::sample::select(vec![0, 0, 0, 1, 2]);
        let turn = (after, act(&case.model), trouble);
        turn.prop_map(|(after, act, trouble)| Turn { after, act, trouble }).boxed()
    }

    /// Requests bring versions that are not there yet. Trouble in asking for a deployment must not decide
    /// whether it is refused, or whether a red alarm is seen before the alias.
    fn preconditions(case: &Self, turn: &Turn) -> bool {
        let model = waited(&case.model, turn);
        let fits = match &turn.act {
            Act::Alarm { which, .. } => *which <= model.group.alarms,
            Act::Write(Traffic { version, share }) => {
                let is_past = |v: u64| v >= FOREIGN || v <= model.requests + 1;
                is_past(*version) && share.is_none_or(|(v, _)| is_past(v))
            }
            _ => true,
        };
        let harmless = turn.act != Act::Request || !(model.is_active() || model.alarmed());
        fits && (turn.trouble.is_none() || (case.bears_trouble() && harmless))
    }

    fn apply(mut case: Self, turn: &Turn) -> Self {
        case.model = waited(&case.model, turn);
        if turn.act == Act::Request && !case.model.is_active() {
            case.troubles = 0;
        }
        case.troubles += u32::from(turn.trouble.is_some());
        case.model.take(&turn.act);
        case
    }
}

/// The model when the turn's act is about to happen.
fn waited(model: &Model, turn: &Turn) -> Model {
    let mut model = model.clone();
    (0..turn.after).for_each(|_| model.take(&Act::Wait));
    model
}

fn group() -> impl Strategy<Value = Group> {
    let shares = prop::sample::select(vec![vec![100], vec![10, 100], vec![99, 100], vec![30, 60, 90, 100]]);
    let rollback = any::<[bool; 3]>().prop_map(|[on_failure, on_alarm, on_request]| Rollback {
        on_failure,
        on_alarm,
        on_request,
    });
    let fields = (shares, 2..=3_u32, hook(), hook(), 0..=2_usize, prop::bool::weighted(0.3), rollback);
    fields.prop_map(|(shares, wait, before, after, alarms, ignores_unread, rollback)| Group {
        shares,
        wait,
        before,
        after,
        patience: 3,
        alarms,
        ignores_unread,
        rollback,
    })
}

fn hook() -> impl Strategy<Value = Option<Hook>> {
    let answer =
        prop::option::weighted(0.9, (prop::sample::select(vec![0, 1, 2, 2]), prop::bool::weighted(0.8)));
    prop::option::weighted(
        0.6,
        (answer, prop::bool::weighted(0.2)).prop_map(|(answer, wavers)| Hook { answer, wavers }),
    )
}

/// Versions that no request brings.
const FOREIGN: u64 = 90;

fn act(model: &Model) -> BoxedStrategy<Act> {
    let rollback = prop::option::of(any::<bool>());
    let states = vec![
        AlarmNow::Green,
        AlarmNow::Green,
        AlarmNow::Red,
        AlarmNow::NoData,
        AlarmNow::Unreadable,
        AlarmNow::Missing,
    ];
    let alarm = (0..=model.group.alarms, prop::sample::select(states), any::<bool>());
    let mut writes = vec![Traffic::all(1), Traffic::all(FOREIGN), Traffic::shifted(FOREIGN, FOREIGN + 1, 30)];
    writes.extend(model.alias().cloned());
    if let Some((from, to)) = model.versions() {
        writes.extend([Traffic::all(from), Traffic::all(to), Traffic::shifted(from, to, 10)]);
    }
    // With nothing under way, mostly a request; with something, all that can happen to it, above all to one that
    // cannot put the traffic back, or will not.
    let crossed = model.is_undoing() || model.alias_is_foreign();
    let [request, stop, abandon, write, refuse, lift] = match (model.is_active(), crossed) {
        (false, _) => [20, 1, 1, 1, 1, 6],
        (true, false) => [1, 3, 1, 3, 2, 1],
        (true, true) => [1, 4, 5, 3, 1, 3],
    };
    let port = || {
        use Port::{Alarms, AliasReads, AliasWrites, Hooks};
        prop::sample::select(vec![AliasWrites, AliasWrites, AliasReads, Hooks, Alarms])
    };
    prop_oneof![
        3 => Just(Act::Wait),
        request => Just(Act::Request),
        stop => rollback.prop_map(|rollback| Act::Stop { rollback }),
        abandon => Just(Act::Abandon),
        3 => alarm.prop_map(|(which, now, told)| Act::Alarm { which, now, told }),
        write => prop::sample::select(writes).prop_map(Act::Write),
        1 => Just(Act::Describe),
        refuse => port().prop_map(Act::Refuse),
        lift => port().prop_map(Act::Lift),
        u32::from(model.requests > 2) => Just(Act::Delete),
    ]
    .boxed()
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let faults: Vec<Fault> = Fault::ALL.iter().map(|(fault, _)| *fault).collect();
    prop_oneof![
        6 => (0..40_u64, prop::sample::select(faults)).prop_map(|(n, fault)| Trouble::One(Single::Call(n, fault))),
        2 => (0..4_u64).prop_map(|n| Trouble::One(Single::Lost(n))),
        1 => (0..4_u64).prop_map(|n| Trouble::One(Single::Doubled(n))),
        1 => (0..5_000_i64).prop_map(|after| Trouble::Purge { after }),
    ]
}
