//! What happens from outside: requests, foreign hands, alarms.

use cutover_core::event::Event;
use cutover_core::ids::DeploymentId;
use cutover_core::scaling::Processes;
use cutover_driver::driver::Driver;
use cutover_ports::table::{Expect, TableError};
use cutover_store::deployments::CreateError;
use cutover_store::group;

use super::World;
use super::agenda::Entry;
use super::scaling::{Hand, group_name};
use super::tasks::{Output, Purpose, SignalWish};
use crate::setup::{AlarmNow, Happening, Setup, id_of, scope};

/// How often a request that lost a race for the group looks again.
const CREATE_TRIES: usize = 3;

impl World {
    pub(super) fn happen(&mut self, happening: Happening) {
        self.note(|| format!("from outside: {happening:?}"));
        match happening {
            Happening::Stop { rollback } => self.tell(Event::StopRequested { rollback }),
            Happening::Abandon => {
                self.watch.abandon_asked = true;
                self.tell(Event::AbandonRequested { by: "an operator".to_owned() });
            }
            Happening::Alarm { name, now, told } => {
                self.alarms.set(&name, now);
                self.watch.alarm_turned(&name, now, self.now);
                if told && now == AlarmNow::Red {
                    self.tell_alarm(name);
                }
            }
            Happening::Foreign(state) => self.alias.write_by_others(state, self.now),
            Happening::EditGroup => self.edit_group(),
            Happening::Describe => self.alias.describe(),
            Happening::Processes { group, process, suspend } => {
                let of = Processes { group: group_name(group), names: vec![process] };
                self.scaling.foreign_at = self.now;
                if suspend {
                    self.scaling.suspend(&of, Hand::Others, self.now);
                } else {
                    self.scaling.resume(&of);
                }
            }
            Happening::Launch(hosts) => self.launch(hosts),
            Happening::DeleteScalingGroup(group) => self.scaling.delete(&group_name(group)),
            Happening::DeleteAlias => self.alias.state = None,
            Happening::Refuse(port) => self.alias.refused.push(port),
            Happening::Lift(port) => self.alias.refused.retain(|p| *p != port),
            Happening::PollGivesUp => {
                self.tell(Event::AlarmsUnreadable { message: "the poll could not read them".to_owned() });
            }
            Happening::Purge => self.messages.all.clear(),
            Happening::Away(span) => self.go_away(span),
        }
    }

    /// Somebody counts the edits in the group's definition, under its version as everybody must.
    fn edit_group(&mut self) {
        let process = self.any_process();
        let driver = self.processes[process].driver.clone();
        let id = self.setup.cast.group.group_id.clone();
        let work = async move {
            let table = driver.deployments().table().clone();
            for _ in 0..CREATE_TRIES {
                let loaded = group::load(table.as_ref(), &scope(), &id).await.map_err(|e| e.to_string())?;
                let (mut group, version) = loaded.ok_or("no such group")?;
                group.definition.insert(EDITS.to_owned(), (edits(&group) + 1).into());
                let item = group.to_item(&scope(), version + 1).map_err(|e| e.to_string())?;
                match table.put_if(item, Expect::Version(version)).await {
                    Err(TableError::Condition(_)) => {}
                    other => return other.map(|()| Output::Nothing).map_err(|e| e.to_string()),
                }
            }
            Ok(Output::Nothing)
        };
        self.spawn(process, Purpose::Errand("edit of the group"), Box::pin(work));
    }

    /// Tells the deployment that holds the group, or the last one.
    fn tell(&mut self, event: Event) {
        let Some(deployment) = self.watch.newest() else { return };
        self.watch.told_from_outside(&deployment, &event);
        let wish = SignalWish { deployment, event, tries: 0 };
        self.agenda.put(self.now, Entry::Signal(Box::new(wish)));
    }

    /// The request that made the deployment; none for a rollback deployment.
    pub(super) fn request_of(&self, id: &DeploymentId) -> Option<u64> {
        (0..self.setup.creates.len() as u64).find(|n| id_of(*n, false) == *id)
    }

    pub(super) fn create(&mut self, n: u64, patience: u32) {
        let process = self.any_process();
        let driver = self.processes[process].driver.clone();
        let current =
            self.alias.state.as_ref().map_or_else(|| self.setup.cast.current.clone(), |s| s.version.clone());
        let (setup, now) = (self.setup.clone(), self.timestamp());
        self.note(|| format!("request {n}: deploy over version {current}"));
        let work = async move { create(&driver, &setup, n, &current, now).await };
        self.spawn(process, Purpose::Create { n, patience }, Box::pin(work));
    }
}

/// Member of the group's definition that counts its edits.
const EDITS: &str = "edits";

/// How often the group was edited.
pub(crate) fn edits(group: &group::Group) -> u64 {
    group.definition.get(EDITS).and_then(serde_json::Value::as_u64).unwrap_or(0)
}

async fn create(
    driver: &Driver,
    setup: &Setup,
    n: u64,
    current: &str,
    now: cutover_core::time::Timestamp,
) -> Result<Output, String> {
    for _ in 0..CREATE_TRIES {
        let table = driver.deployments().table().clone();
        let loaded = group::load(table.as_ref(), &scope(), &setup.cast.group.group_id).await;
        let Some((group, version)) = loaded.map_err(|e| e.to_string())? else {
            return Err("no such group".to_owned());
        };
        if group.active.is_some() {
            return Ok(Output::Created { held: true });
        }
        let last = group.target_revision.as_ref().and_then(serde_json::Value::as_str);
        let Some(planned) = setup.planned(n, current, last, now) else {
            return Err("no plan".to_owned());
        };
        match driver.deployments().create(&planned, group, version, Vec::new()).await {
            Ok(stored) => {
                // What is not sent now is sent by the sweep.
                let _ = driver.start(&planned, &stored).await;
                return Ok(Output::Created { held: false });
            }
            Err(CreateError::IdTaken) => return Ok(Output::Created { held: false }),
            Err(CreateError::GroupChanged) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(Output::Created { held: true })
}
