//! PlanDeployment: what CreateDeployment would do, and when. Creates nothing.

use cutover_core::act::Outcome;
use cutover_core::fleet::preview::Preview;
use cutover_core::fleet_plan::FleetPlan;
use cutover_core::ids::Scope;
use cutover_core::plan::Plan;
use cutover_core::timeline::timeline;
use cutover_driver::acts::fleet::Lookup;
use cutover_store::codec::StoreError;
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::own::PlanDeploymentOutput;

use crate::create::value;
use crate::draft::DraftWork;
use crate::error::{Answer, refuse};
use crate::rules::Valid;
use crate::service::Service;

impl Service {
    /// PlanDeployment: the timeline of a shift, or the waves of a fleet.
    pub async fn plan_deployment(
        &self,
        scope: &Scope,
        input: Valid<CreateDeploymentInput>,
    ) -> Answer<PlanDeploymentOutput> {
        let checked = self.checked(scope, &input).await?;
        let lookup = match (&checked.draft.work, &self.lookup) {
            (DraftWork::Fail { message, .. }, _) => return Err(refuse("InvalidRevisionException", message)),
            (DraftWork::Fleet(_), None) => {
                let message =
                    "This installation of Cutover lists no hosts, so that it cannot plan ahead for them.";
                return Err(refuse("InvalidComputePlatformException", message));
            }
            (DraftWork::Shift { .. } | DraftWork::Fleet(_), lookup) => lookup.as_ref(),
        };
        let plan = self.planned(scope, self.deployment_id(), checked)?.plan;
        Ok(match plan.fleet.as_deref().zip(lookup) {
            Some((fleet, lookup)) => {
                let fleet = Some(value(&preview(lookup, &plan, fleet).await?));
                PlanDeploymentOutput { timeline: None, fleet }
            }
            None => PlanDeploymentOutput { timeline: Some(value(&timeline(&plan))), fleet: None },
        })
    }
}

async fn preview(lookup: &Lookup, plan: &Plan, fleet: &FleetPlan) -> Answer<Preview> {
    match lookup.rostered(plan, fleet).await? {
        Ok(rostered) => Ok(Preview::of(&rostered.rule, &rostered.roster, fleet.work.events.clone())),
        Err(Outcome::Retry { message }) => Err(StoreError::Unavailable(message).into()),
        Err(Outcome::NoFleet { code, message }) => {
            let message = format!("The deployment would fail with {}: {message}", code.as_str());
            Err(refuse("InvalidTargetInstancesException", message))
        }
        Err(Outcome::Denied { message }) => Err(refuse("InvalidTargetInstancesException", message)),
        Err(other) => Err(StoreError::Broken(format!("a lookup came to {other:?}")).into()),
    }
}
