//! A worker process: the real driver and phases over the world's ports, with a clock of its own.

use std::sync::{Arc, LazyLock, Mutex};

use alarm_check::AlarmCheck;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_driver::pushes::{Maker, Pushes};
use cutover_driver::shards::Shards;
use cutover_signing::handover::{Current, OrderKeys};
use cutover_signing::keys::{KeySet, Signer, Verifier};
use cutover_store::deployments::Deployments;
use notify::Outlets;

use super::call::Mailbox;
use super::ports::Ports;
use super::pushes;
use crate::mutants::BentPhase;
use crate::setup::Setup;

/// The service's key, the same in every world.
static KEYS: LazyLock<Arc<Current>> =
    LazyLock::new(|| Current::new(OrderKeys::new(Signer::from_seed([7; 32]))));

/// The keys that hosts trust.
pub(crate) fn trusted() -> KeySet {
    KeySet::new(Verifier::from_public(&KEYS.get().signer().public()))
}

pub(crate) struct Process {
    pub(crate) driver: Driver,
    pub(crate) shards: Shards,
    pub(crate) alarm_check: Arc<AlarmCheck>,
    pub(crate) phases: Vec<Arc<dyn Phase>>,
    pub(crate) pushes: Pushes,
    pub(crate) maker: Arc<dyn Maker>,
    /// How far its clock is off, in milliseconds.
    pub(crate) skew: i64,
}

impl Process {
    pub(crate) fn new(
        mailbox: &Arc<Mutex<Mailbox>>,
        skew: i64,
        setup: &Setup,
        (current, n): (&Arc<Mutex<String>>, u64),
    ) -> Self {
        let ports = Arc::new(Ports(mailbox.clone()));
        let deployments = Arc::new(Deployments::new(ports.clone()));
        let driver = Driver::new(deployments, ports.clone(), ports.clone());
        let alarm_check = Arc::new(AlarmCheck::new(ports.clone(), driver.clone()));
        // As on AWS: who hears hosts or makes rosters has no key, and calls fleet-dispatch when orders are due.
        let shards = Shards::without_key(driver.clone());
        let dispatch = Shards::new(driver.clone(), ports.clone(), KEYS.clone());
        let outlets = Outlets { topics: Some(ports.clone()), ..Outlets::default() };
        let mut phases: Vec<Arc<dyn Phase>> = vec![
            Arc::new(canary_shift::phase(ports.clone())),
            Arc::new(linear_shift::phase(ports.clone())),
            Arc::new(pre_traffic_hook::phase(ports.clone())),
            Arc::new(post_traffic_hook::phase(ports.clone())),
            Arc::new(rollback::phase(ports.clone())),
            alarm_check.clone(),
            Arc::new(fleet_plan::phase(shards.clone(), ports.clone(), Some(ports.clone()))),
            Arc::new(fleet_dispatch::phase(dispatch)),
            Arc::new(notify::phase(driver.clone(), outlets)),
        ];
        if let Some(mutant) = setup.mutant {
            phases =
                phases.into_iter().map(|inner| BentPhase::around(inner, mutant, ports.clone())).collect();
        }
        let maker = pushes::maker(&driver, setup, current, n);
        let pushes = Pushes::new(driver.clone(), maker.clone());
        Self { driver, pushes, maker, shards, alarm_check, phases, skew }
    }
}
