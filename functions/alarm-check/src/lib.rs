//! alarm-check: reads the alarms of a plan's steps, hears of alarms that go off, and looks at all watched
//! alarms once a minute in case nobody told.

use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::event::Event;
use cutover_core::ids::Scope;
use cutover_core::limits::ALARM_READ_TRIES;
use cutover_core::queue::QueueName;
use cutover_driver::acts::alarms::check;
use cutover_driver::driver::{Driver, DriverError};
use cutover_driver::phase::{Phase, not_mine};
use cutover_driver::signal::Signalled;
use cutover_ports::alarms::{AlarmState, Alarms};
use cutover_store::codec::StoreError;
use cutover_store::watch::{Watch, Watches};

/// Names that one reading takes (DescribeAlarms: 100).
const NAMES_A_CALL: usize = 100;

/// The phase, and the two other ways in which alarms reach deployments.
pub struct AlarmCheck {
    alarms: Arc<dyn Alarms>,
    driver: Driver,
    watches: Watches,
}

/// What a poll found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PollReport {
    /// Watches looked at.
    pub watched: usize,
    /// Deployments that were told to stop.
    pub stopped: usize,
    /// Watches whose alarm could not be read.
    pub unread: usize,
    /// Deployments that could not be told this time; the next poll tells them.
    pub failed: usize,
}

impl AlarmCheck {
    /// Over these alarms; deployments are told through the driver.
    pub fn new(alarms: Arc<dyn Alarms>, driver: Driver) -> Self {
        let watches = Watches::new(driver.deployments().table().clone());
        Self { alarms, driver, watches }
    }

    /// An alarm went off: stops every deployment that it guards, at once. Gives how many it stopped. One
    /// failure does not keep the others from being told; it is returned at the end.
    pub async fn alarm_active(&self, scope: &Scope, alarm: &str) -> Result<usize, AlarmCheckError> {
        let (mut stopped, mut failed) = (0, None);
        for watch in self.watches.of(scope, alarm).await? {
            match self.tell(&watch, Event::AlarmActive { name: alarm.to_owned() }).await {
                Ok(told) => stopped += usize::from(told),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            None => Ok(stopped),
            Some(error) => Err(error.into()),
        }
    }

    /// Reads every watched alarm: the backstop for events that were lost.
    pub async fn poll(&self) -> Result<PollReport, AlarmCheckError> {
        let watches = self.watches.all().await?;
        let mut names: Vec<String> = watches.iter().map(|w| w.alarm.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let mut report = PollReport { watched: watches.len(), ..PollReport::default() };
        for names in names.chunks(NAMES_A_CALL) {
            let read = self.alarms.states(names).await;
            for watch in watches.iter().filter(|w| names.binary_search(&w.alarm).is_ok()) {
                let told = match &read {
                    Ok(states) => self.heard(watch, states.get(&watch.alarm).copied(), &mut report).await,
                    Err(error) => self.unread(watch, &error.to_string(), &mut report).await,
                };
                if let Err(error) = told {
                    tracing::warn!(deployment = %watch.deployment, alarm = watch.alarm, %error, "left to the next poll");
                    report.failed += 1;
                }
            }
        }
        Ok(report)
    }

    async fn heard(
        &self,
        watch: &Watch,
        state: Option<AlarmState>,
        report: &mut PollReport,
    ) -> Result<(), AlarmCheckError> {
        match state {
            None => return self.unread(watch, &format!("no such alarm: {}", watch.alarm), report).await,
            Some(AlarmState::Alarm) => {
                let told = self.tell(watch, Event::AlarmActive { name: watch.alarm.clone() }).await?;
                report.stopped += usize::from(told);
            }
            Some(AlarmState::Ok | AlarmState::InsufficientData) => {}
        }
        if watch.failures > 0 {
            self.watches.note_failures(watch, 0).await?;
        }
        Ok(())
    }

    async fn unread(
        &self,
        watch: &Watch,
        message: &str,
        report: &mut PollReport,
    ) -> Result<(), AlarmCheckError> {
        report.unread += 1;
        let failures = watch.failures.saturating_add(1);
        self.watches.note_failures(watch, failures).await?;
        if failures >= ALARM_READ_TRIES {
            let told = self.tell(watch, Event::AlarmsUnreadable { message: message.to_owned() }).await?;
            report.stopped += usize::from(told);
        }
        Ok(())
    }

    async fn tell(&self, watch: &Watch, event: Event) -> Result<bool, DriverError> {
        let told = self.driver.signal(&watch.scope, &watch.deployment, event).await?;
        Ok(matches!(told, Signalled::Committed(_)))
    }
}

/// Why alarms did not reach every deployment.
#[derive(Debug, thiserror::Error)]
pub enum AlarmCheckError {
    /// The watches could not be read or noted.
    #[error("use the alarm watches: {0}")]
    Store(#[from] StoreError),
    /// A deployment could not be told.
    #[error("tell a deployment of its alarm: {0}")]
    Driver(#[from] DriverError),
}

#[async_trait]
impl Phase for AlarmCheck {
    fn queue(&self) -> QueueName {
        QueueName::AlarmCheck
    }

    async fn perform(&self, act: &Act) -> Outcome {
        match act {
            Act::CheckAlarms { names } => check(self.alarms.as_ref(), names).await,
            other => not_mine(self.queue(), other),
        }
    }
}
