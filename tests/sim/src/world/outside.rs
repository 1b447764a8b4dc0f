//! The alias and the alarms.

use std::collections::BTreeMap;

use cutover_core::alias::AliasState;
use cutover_ports::alarms::AlarmState;
use cutover_ports::aliases::AliasReading;
use cutover_ports::call::CallError;

use crate::setup::{AlarmNow, Port};

/// The alias, who wrote it last, and what is refused.
pub(crate) struct SimAlias {
    /// Absent: deleted.
    pub(crate) state: Option<AliasState>,
    revision: u64,
    /// When somebody else last changed what it routes; never: before the beginning.
    pub(crate) foreign_at: i64,
    /// Whether the last change was somebody else's.
    pub(crate) is_foreign: bool,
    pub(crate) refused: Vec<Port>,
}

impl SimAlias {
    /// One that names that version.
    pub(crate) fn new(version: &str) -> Self {
        Self {
            state: Some(AliasState::whole(version)),
            revision: 1,
            foreign_at: -1,
            is_foreign: false,
            refused: Vec::new(),
        }
    }

    fn gone<T>() -> Result<T, CallError> {
        Err(CallError::Gone { what: "the alias".to_owned() })
    }

    /// Refuses what is refused.
    pub(crate) fn permit(&self, port: Port) -> Result<(), CallError> {
        if self.refused.contains(&port) {
            return Err(CallError::Denied { message: format!("AccessDenied: {port:?}") });
        }
        Ok(())
    }

    pub(crate) fn read(&self) -> Result<AliasReading, CallError> {
        self.permit(Port::AliasReads)?;
        match &self.state {
            Some(state) => Ok(AliasReading { state: state.clone(), revision_id: self.revision.to_string() }),
            None => Self::gone(),
        }
    }

    /// Whether a write under this revision would take effect.
    pub(crate) fn would_take(&self, revision: &str) -> Result<(), CallError> {
        self.permit(Port::AliasWrites)?;
        if self.state.is_none() {
            return Self::gone();
        }
        if revision != self.revision.to_string() {
            return Err(CallError::Conflict);
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, set: AliasState) {
        self.state = Some(set);
        self.revision += 1;
        self.is_foreign = false;
    }

    pub(crate) fn write_by_others(&mut self, set: AliasState, now: i64) {
        if self.state.is_some() {
            self.state = Some(set);
            self.revision += 1;
            self.foreign_at = now;
            self.is_foreign = true;
        }
    }

    pub(crate) fn describe(&mut self) {
        self.revision += 1;
    }
}

/// The alarms.
pub(crate) struct SimAlarms(BTreeMap<String, AlarmNow>);

impl SimAlarms {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|n| (n.clone(), AlarmNow::Green)).collect())
    }

    pub(crate) fn set(&mut self, name: &str, now: AlarmNow) {
        self.0.insert(name.to_owned(), now);
    }

    pub(crate) fn states(&self, names: &[String]) -> Result<BTreeMap<String, AlarmState>, CallError> {
        let mut states = BTreeMap::new();
        for name in names {
            let state = match self.0.get(name) {
                Some(AlarmNow::Green) => AlarmState::Ok,
                Some(AlarmNow::Red) => AlarmState::Alarm,
                Some(AlarmNow::NoData) => AlarmState::InsufficientData,
                Some(AlarmNow::Missing) | None => continue,
                Some(AlarmNow::Unreadable) => {
                    return Err(CallError::Transient { message: "InternalServiceFault".to_owned() });
                }
            };
            states.insert(name.clone(), state);
        }
        Ok(states)
    }
}
