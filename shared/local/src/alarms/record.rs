//! What an alarm is. Layout: pk `ACCOUNT/REGION/LOCAL`, sk `ALARM#name`; a few hundred bytes.

use cutover_ports::alarms::AlarmState;
use cutover_ports::table::TableError;
use serde::{Deserialize, Serialize};

/// When a computed alarm goes off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlarmRule {
    /// The function.
    pub function: String,
    /// Its version.
    pub version: String,
    /// The share of failed invocations, 0.0 to 1.0, above which it is in ALARM.
    pub max_error_rate: f64,
}

/// An alarm as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmView {
    /// Its name.
    pub name: String,
    /// How it is computed, unless it is only set by hand.
    pub rule: Option<AlarmRule>,
    /// Its state.
    pub state: AlarmState,
}

/// An alarm went from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmChange {
    /// Which alarm.
    pub name: String,
    /// Its new state.
    pub state: AlarmState,
}

/// What goes wrong with alarms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlarmError {
    /// The name breaks CloudWatch's rule.
    #[error("{0:?} is not an alarm name; it has 1 to 255 characters, none of them a control character")]
    Name(String),
    /// The rate is no share.
    #[error("an error rate is 0 to 1, not {0}")]
    Rate(String),
    /// There is no such alarm.
    #[error("alarm {0} does not exist")]
    NoAlarm(String),
    /// What the table holds of an alarm cannot be read.
    #[error("the record of alarm {name} is unreadable: {why}")]
    Record {
        /// The alarm.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// What the table holds. The state of a computed alarm is not kept: neither are the invocations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlarmRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<AlarmRule>,
    pub(super) state: StateWord,
}

/// A state in CloudWatch's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum StateWord {
    Ok,
    Alarm,
    InsufficientData,
}

impl From<StateWord> for AlarmState {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Ok => Self::Ok,
            StateWord::Alarm => Self::Alarm,
            StateWord::InsufficientData => Self::InsufficientData,
        }
    }
}

impl From<AlarmState> for StateWord {
    fn from(state: AlarmState) -> Self {
        match state {
            AlarmState::Ok => Self::Ok,
            AlarmState::Alarm => Self::Alarm,
            AlarmState::InsufficientData => Self::InsufficientData,
        }
    }
}
