//! What a deployment asks of its fleet: look up the hosts, roll out, withdraw.

mod lookup;
mod resolve;
mod run;

use cutover_core::act::{FleetOver, FleetSeen, Outcome};
use cutover_core::deployment::Verdict;
use cutover_core::fleet::board::Board;
use cutover_core::fleet::purse::Purse;
use cutover_core::fleet::rule::FleetRule;
use cutover_store::codec::StoreError;
use cutover_store::divided::Divided;

use crate::driver::DriverError;

pub use lookup::Lookup;
pub use resolve::ResolvePhase;
pub use run::RunPhase;

/// Why a fleet could not be asked: it may pass.
struct Passing(String);

impl From<StoreError> for Passing {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<DriverError> for Passing {
    fn from(error: DriverError) -> Self {
        Self(error.to_string())
    }
}

/// As an outcome.
fn outcome(asked: Result<Outcome, Passing>) -> Outcome {
    asked.unwrap_or_else(|Passing(message)| Outcome::Retry { message })
}

/// A deployment whose plan has no fleet was routed wrongly.
fn no_fleet() -> Outcome {
    Outcome::Refused { message: "the plan has no fleet".to_owned() }
}

fn seen(rule: &FleetRule, board: &Board) -> FleetSeen {
    let counts = board.counts();
    let over = board.end.as_ref().map(|end| FleetOver {
        succeeded: end.verdict == Verdict::Succeeded,
        message: end.message.clone().unwrap_or_default(),
        attempted: counts.succeeded + counts.failed > 0,
    });
    FleetSeen { hosts: rule.hosts, minimum: rule.minimum, over }
}

fn seen_divided(divided: &Divided, purse: &Purse) -> FleetSeen {
    let (rule, over) = (&divided.rule, purse.over(&divided.rule, &divided.shards));
    FleetSeen { hosts: rule.hosts, minimum: rule.minimum, over }
}
