//! What happens to the first deployment at places of its own course, not at a time or at a call's number: what
//! is known of a deployment from its log alone.

use cutover_core::deployment::{Deployment, Phase};
use cutover_ports::call::CallError;

use crate::faults::Fault;

/// A place in the course of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The plan's step of that index.
    Step(u16),
    /// Putting back what it did.
    Undo,
}

impl Place {
    /// Where a deployment stands.
    pub fn of(state: &Deployment) -> Self {
        if state.ending.is_some() { Self::Undo } else { Self::Step(state.cursor) }
    }
}

/// How far the deployment is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has come there.
    Come,
    /// Workers have claimed the act so often.
    Claimed(u32),
    /// Its hook's answer is awaited, its wait has begun, or its hosts are at work.
    Waiting,
}

/// A moment in the course of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Where.
    pub place: Place,
    /// How far.
    pub stage: Stage,
    /// So many milliseconds later.
    pub after: i64,
}

impl Moment {
    /// Whether the deployment, which has `tried` its act so often, has come so far, or further.
    pub(crate) fn has_come(&self, state: &Deployment, tried: impl FnOnce(Place) -> u32) -> bool {
        let place = Place::of(state);
        if place != self.place {
            return match (place, self.place) {
                (Place::Step(now), Place::Step(then)) => now > then,
                (Place::Undo, Place::Step(_)) => true,
                (_, Place::Undo) => matches!(state.phase, Phase::Done { .. }),
            };
        }
        match (self.stage, &state.phase) {
            (Stage::Come, _) | (_, Phase::Closing { .. } | Phase::Done { .. }) => true,
            // The newest claim's try has yet to begin.
            (Stage::Claimed(times), phase) => {
                matches!(phase, Phase::Acting { .. }) && tried(place) + 1 >= times
            }
            (Stage::Waiting, phase) => {
                matches!(phase, Phase::Awaiting { .. } | Phase::Baking { .. } | Phase::Watching { .. })
            }
        }
    }
}

/// How the tries of an act go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is done, and trying again may help.
    Failed,
    /// What it asks for is not done, and no answer says so.
    Unanswered,
    /// What it asks for is done, and no answer says so.
    AnswerLost,
    /// The worker dies before it does anything.
    Crashed,
    /// The worker dies after it did it.
    CrashedAfter,
    /// A permission is missing.
    Denied,
    /// It is refused for another lasting reason.
    Refused,
    /// What it is about does not exist.
    Gone,
}

impl Trouble {
    /// Every trouble with its word in scenario files.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Failed, "failed"),
        (Self::Unanswered, "unanswered"),
        (Self::AnswerLost, "answer-lost"),
        (Self::Crashed, "crashed"),
        (Self::CrashedAfter, "crashed-after"),
        (Self::Denied, "denied"),
        (Self::Refused, "refused"),
        (Self::Gone, "gone"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(trouble, _)| *trouble == self).map_or("", |(_, word)| word)
    }

    /// What becomes of a call of such a try; `changes` says whether the call is what the act asks for, or only
    /// looks before it does.
    pub(crate) fn of_call(self, changes: bool) -> Option<Wrong> {
        let told = |error| Some(Wrong::Told(error));
        match self {
            Self::Failed => Some(Wrong::Fault(Fault::Fail)),
            Self::Crashed => Some(Wrong::Fault(Fault::CrashBefore)),
            Self::Unanswered => changes.then_some(Wrong::Fault(Fault::Fail)),
            Self::AnswerLost => changes.then_some(Wrong::Fault(Fault::Lost)),
            Self::CrashedAfter => changes.then_some(Wrong::Fault(Fault::CrashAfter)),
            Self::Denied => told(CallError::Denied { message: "AccessDeniedException".to_owned() }),
            Self::Refused => told(CallError::Refused { message: "ValidationException".to_owned() }),
            Self::Gone => told(CallError::Gone { what: "what it is about".to_owned() }),
        }
    }
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// It goes wrong like any other call.
    Fault(Fault),
    /// It is answered so.
    Told(CallError),
}

/// So many tries at a place that go wrong in one way, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Where.
    pub place: Place,
    /// How.
    pub trouble: Trouble,
    /// How many.
    pub times: u32,
}

/// What goes wrong with try number `n`, from 0, at a place.
pub(crate) fn of_try(tries: &[Tries], place: Place, n: u32) -> Option<Trouble> {
    let mut over = 0;
    tries.iter().filter(|t| t.place == place).find_map(|t| {
        over += t.times;
        (n < over).then_some(t.trouble)
    })
}
