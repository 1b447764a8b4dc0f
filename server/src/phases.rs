//! The phases of this process, one for each queue.

use std::sync::Arc;

use alarm_check::AlarmCheck;
use cutover_driver::phase::{Bounded, Phase};

use crate::targets::Adapters;

/// Every phase over these adapters.
pub fn all(
    adapters: &Adapters,
    alarm_check: Arc<AlarmCheck>,
    fleets: [Arc<dyn Phase>; 2],
) -> Vec<Arc<dyn Phase>> {
    let (aliases, hooks) = (&adapters.aliases, &adapters.hooks);
    let all: [Arc<dyn Phase>; 6] = [
        Arc::new(pre_traffic_hook::phase(hooks.clone())),
        Arc::new(canary_shift::phase(aliases.clone())),
        Arc::new(linear_shift::phase(aliases.clone())),
        alarm_check,
        Arc::new(post_traffic_hook::phase(hooks.clone())),
        Arc::new(rollback::phase(aliases.clone())),
    ];
    all.into_iter().chain(fleets).map(|phase| Arc::new(Bounded(phase)) as Arc<dyn Phase>).collect()
}
