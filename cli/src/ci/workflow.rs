//! GitHub's workflow commands: lines of a step's output that its runner acts on.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::exit::Exit;
use crate::output::Output;
use crate::view::snapshot::Snapshot;

/// Whether this is a step of GitHub Actions.
pub(super) fn is_here() -> bool {
    std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true")
}

/// The commands of one step. What scripts of users wrote is among its lines, so the runner is told to act on nothing
/// between [`Workflow::deaf`] and [`Workflow::listen`], by a word that no script can know.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    word: String,
}

impl Workflow {
    /// Of this process, if it is a step and writes for people.
    pub(crate) fn of_this_step(out: &Output) -> Option<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let word = format!("cutover-{:x}-{:x}", std::process::id(), now.as_nanos());
        (is_here() && !out.json).then_some(Self { word })
    }

    /// A group of lines, folded in the log, begins.
    pub(crate) fn group(&self, title: &str) -> String {
        format!("::group::{}\n{}", data(title), self.deaf())
    }

    /// The group is over; what follows is not folded.
    pub(crate) fn end_group(&self) -> String {
        format!("{}\n::endgroup::\n{}", self.listen(), self.deaf())
    }

    /// From here on no line is a command.
    fn deaf(&self) -> String {
        format!("::stop-commands::{}", self.word)
    }

    /// From here on lines may be commands again.
    pub(crate) fn listen(&self) -> String {
        format!("::{}::", self.word)
    }

    /// What the job's page shows of a deployment that did not succeed.
    pub(crate) fn annotation(&self, snapshot: &Snapshot) -> Option<String> {
        let (info, exit) = (&snapshot.info, snapshot.exit());
        let kind = match exit {
            Exit::Succeeded => return None,
            Exit::Running => "warning",
            _ => "error",
        };
        let title = format!("{} {}", info.deployment_id, exit.word());
        let why = info.error_information.as_ref().map(|error| format!("{}: {}", error.code, error.message));
        let why = why.unwrap_or_else(|| format!("The deployment is {}.", info.status));
        Some(format!("::{kind} title={}::{}", property(&title), data(&why)))
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cutover_wire::api::deployment::{DeploymentInfo, ErrorInformation};

    #[test]
    fn commands_are_lines_and_what_is_in_them_is_no_command() {
        let workflow = Workflow { word: "w".into() };
        assert_eq!(workflow.group("50 %\n::x"), "::group::50 %25%0A::x\n::stop-commands::w");
        assert_eq!(workflow.end_group(), "::w::\n::endgroup::\n::stop-commands::w");
        let of = |status: &str, message: &str| {
            let error_information =
                Some(ErrorInformation { code: "ALARM_ACTIVE".into(), message: message.into() });
            let (deployment_id, status) = ("d-1".into(), status.into());
            let info =
                DeploymentInfo { deployment_id, status, error_information, ..DeploymentInfo::default() };
            workflow.annotation(&Snapshot { info, ..Snapshot::default() })
        };
        assert_eq!(of("Succeeded", ""), None);
        assert_eq!(of("Failed", "a\nb").as_deref(), Some("::error title=d-1 failed::ALARM_ACTIVE: a%0Ab"));
        assert!(of("InProgress", "").is_some_and(|line| line.starts_with("::warning title=d-1 running::")));
    }
}
