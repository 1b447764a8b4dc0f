//! Messages whose facts are read back from a log: what is written here is read here.

use crate::alias::{AliasRef, AliasState};
use crate::limits::ALARM_READ_TRIES;

const ACTIVATED: &str = "Activated alarms: ";
const UNREADABLE: &str = "The alarms of the deployment group could not be read";
const OBSERVED: &str = ", but it is at ";
const ADVICE: &str = ". Deploy with the version that it names";

/// errorInformation.message of a deployment that an alarm stopped (behaviour: alarms).
pub(super) fn alarm_message(names: &str) -> String {
    format!(
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and \
         the affected deployments have been stopped. {ACTIVATED}{names}"
    )
}

/// Which of these alarms such a message names.
pub fn alarms_in<'a>(message: &str, names: &'a [String]) -> Vec<&'a str> {
    let Some((_, told)) = message.rsplit_once(ACTIVATED) else { return Vec::new() };
    names.iter().map(String::as_str).filter(|name| told.split(", ").any(|t| t == *name)).collect()
}

/// errorInformation.message of a deployment whose alarms could not be read.
pub(super) fn unreadable_message(last: &str) -> String {
    format!("{UNREADABLE} {ALARM_READ_TRIES} times in a row, and ignorePollAlarmFailure is false: {last}")
}

/// Whether it is such a message.
pub fn is_unreadable(message: &str) -> bool {
    message.starts_with(UNREADABLE)
}

/// errorInformation.message of a deployment that did not find its alias as the AppSpec says.
pub(super) fn elsewhere_message(alias: &AliasRef, wanted: &AliasState, observed: &AliasState) -> String {
    format!(
        "The alias {alias} must be at {wanted}, as the AppSpec's CurrentVersion says{OBSERVED}{observed}{ADVICE}, \
         or move it back first."
    )
}

/// What such a message says that the alias is at.
pub fn elsewhere_in(message: &str) -> Option<AliasState> {
    let (_, rest) = message.split_once(OBSERVED)?;
    AliasState::parse(rest.split_once(ADVICE)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let names = ["a".to_owned(), "b c".to_owned(), "c".to_owned()];
        assert_eq!(alarms_in(&alarm_message("b c, a"), &names), ["a", "b c"]);
        assert!(alarms_in("The deployment was stopped by request.", &names).is_empty());
        assert!(is_unreadable(&unreadable_message("throttled")) && !is_unreadable("throttled"));
        let alias = AliasRef { function: "f".into(), alias: "live".into() };
        for observed in [AliasState::whole("7"), AliasState::shifted("7", "8", 25)] {
            let message = elsewhere_message(&alias, &AliasState::whole("1"), &observed);
            assert_eq!(elsewhere_in(&message), Some(observed));
        }
    }
}
