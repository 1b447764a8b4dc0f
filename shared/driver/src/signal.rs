//! Signals: facts from outside, recorded at once by whoever brings them.

use cutover_core::decide::decide;
use cutover_core::deployment::Deployment;
use cutover_core::event::{Decision, Event, Why};
use cutover_core::ids::{DeploymentId, Scope};
use cutover_store::codec::StoreError;

use crate::driver::{Driver, DriverError, ROUNDS};

/// What became of a signal.
#[derive(Debug)]
pub enum Signalled {
    /// It was recorded; this is the state now.
    Committed(Box<Deployment>),
    /// It changes nothing.
    Ignored(Why, Box<Deployment>),
    /// There is no such deployment.
    Unknown,
}

impl Driver {
    /// Records a signal and sends the wake that acts on it.
    pub async fn signal(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        event: Event,
    ) -> Result<Signalled, DriverError> {
        for _ in 0..ROUNDS {
            let Some((planned, stored)) = self.load(scope, id).await? else { return Ok(Signalled::Unknown) };
            match decide(&planned.plan, &stored.deployment, &event, self.clock.now()) {
                Decision::Ignore(why) => return Ok(Signalled::Ignored(why, Box::new(stored.deployment))),
                // Only timers come too early.
                Decision::Later(_) => {
                    return Ok(Signalled::Ignored(Why::StaleEpoch, Box::new(stored.deployment)));
                }
                Decision::Commit(next) => match self.commit(&planned, &stored, *next).await {
                    Ok(committed) => return Ok(Signalled::Committed(Box::new(committed.deployment))),
                    Err(StoreError::Conflict) => {}
                    Err(source) => return Err(DriverError::Store { deployment: id.clone(), source }),
                },
            }
        }
        Err(DriverError::Contended(id.clone()))
    }
}
