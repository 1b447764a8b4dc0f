//! A driver that performs first and claims afterwards.

use cutover_core::decide::decide;
use cutover_core::deployment::Phase as State;
use cutover_core::event::{Decision, Event};
use cutover_core::route;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_ports::queue::Delivery;
use cutover_wire::envelope::{Envelope, Message};

use crate::world::Output;

/// Performs what the claim would ask for, and then does all as it should be.
pub(crate) async fn handle(
    driver: &Driver,
    delivery: &Delivery,
    phase: &dyn Phase,
) -> Result<Output, String> {
    let envelope = Envelope::decode(&delivery.body).map_err(|e| e.to_string())?;
    let Message::Wake { scope, deployment, epoch, due_at } = envelope.message else {
        driver.handle(delivery, phase).await.map_err(|e| e.to_string())?;
        return Ok(Output::Nothing);
    };
    let deployments = driver.deployments();
    let stored = deployments.load(&scope, &deployment).await.map_err(|e| e.to_string())?;
    let planned = deployments.planned(&scope, &deployment).await.map_err(|e| e.to_string())?;
    if let (Some(stored), Some(planned)) = (stored, planned)
        && let Decision::Commit(next) =
            decide(&planned.plan, &stored.deployment, &Event::Wake { epoch }, due_at)
        && matches!(next.phase, State::Acting { .. })
        && let Some(act) = route::act(&planned.plan, &next)
    {
        let _ = phase.perform(&act).await;
    }
    driver.handle(delivery, phase).await.map_err(|e| e.to_string())?;
    Ok(Output::Nothing)
}
