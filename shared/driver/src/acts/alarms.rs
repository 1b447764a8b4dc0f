//! Reading alarms.

use cutover_core::act::Outcome;
use cutover_ports::alarms::{AlarmState, Alarms};

use super::alias::failed;

/// Reads the named alarms. One that does not exist guards nothing, so it counts as unreadable, never as
/// fine; one without enough data neither stops nor fails (behaviour: alarms).
pub async fn check(alarms: &dyn Alarms, names: &[String]) -> Outcome {
    let states = match alarms.states(names).await {
        Ok(states) => states,
        Err(error) => return failed(error),
    };
    let red: Vec<String> =
        names.iter().filter(|n| states.get(*n) == Some(&AlarmState::Alarm)).cloned().collect();
    let missing: Vec<&str> = names.iter().filter(|n| !states.contains_key(*n)).map(String::as_str).collect();
    if red.is_empty() && !missing.is_empty() {
        return Outcome::Retry { message: format!("no such alarm: {}", missing.join(", ")) };
    }
    Outcome::AlarmsRead { red }
}
