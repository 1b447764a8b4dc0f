//! Who may be stopped, and for whose sake.

use std::collections::BTreeSet;

use cutover_core::deployment::{Deployment, ErrorCode};
use cutover_core::event::Event;
use cutover_core::ids::DeploymentId;
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::queue::Policy;
use cutover_store::pushes::{PushRecord, Waiting};
use cutover_store::{codec, key};

use super::commit::demand;
use super::{Known, Watch};
use crate::world::SimTable;

/// The deployments that somebody outside asked to stop.
#[derive(Default)]
pub(super) struct StopsAsked(BTreeSet<DeploymentId>);

impl Watch {
    /// Somebody outside is about to tell a deployment something.
    pub(crate) fn told_from_outside(&mut self, id: &DeploymentId, event: &Event) {
        if matches!(event, Event::StopRequested { .. }) {
            self.stops_asked.0.insert(id.clone());
        }
    }

    /// A deployment that is to stop: somebody asked for it, or another push waits that replaces what is no newer.
    pub(super) fn stopped_for_nobody(
        &self,
        known: &Known,
        next: &Deployment,
        table: &SimTable,
    ) -> Option<(&'static str, String)> {
        let stops = |state| demand(state).is_some_and(|end| end.code == ErrorCode::ManualStop);
        if !stops(next) || stops(&known.state) || self.stops_asked.0.contains(&next.id) {
            return None;
        }
        let own = push_of(&next.id, table);
        let replaces = |one: &Waiting| {
            let newer =
                own.as_ref().is_none_or(|own| own.id != one.push.id && own.order <= Some(one.order.clone()));
            one.policy == Policy::Replace && newer
        };
        let waiting = table.items().filter(|item| item.key.sk.starts_with(key::WAITING));
        let mut waiting = waiting.filter_map(|item| codec::decode::<Waiting>(item).ok());
        (!waiting.any(|one| replaces(&one)))
            .then(|| ("I14", "was stopped, and nobody asked, and nothing newer waits".to_owned()))
    }
}

/// The push that is remembered to have created the deployment.
pub(super) fn push_of(id: &DeploymentId, table: &SimTable) -> Option<PushRecord> {
    let pushes = table.items().filter(|item| item.key.pk.contains("/PUSH#"));
    let mut pushes = pushes.filter_map(|item| codec::decode::<PushRecord>(item).ok());
    pushes.find(|push| push.outcome == Outcome::Created(id.clone()))
}
