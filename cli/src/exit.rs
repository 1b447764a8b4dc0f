//! Exit codes: how a deployment ended, for scripts.

use std::process::ExitCode;

use cutover_wire::api::deployment::DeploymentInfo;

/// What every `--help` says about exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0  succeeded
  1  an error, or a check that failed
  2  wrong usage; for rehearse also a file that does not hold what it must
  3  the deployment Failed, and no rollback deployment of it succeeded
  4  rolled back: the deployment Failed or was Stopped, and its rollback deployment Succeeded
  5  the deployment was Stopped, without a rollback deployment
  6  still running: it is not over, or --timeout passed
  7  rehearsed: the deployment would not succeed";

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for is done.
    Succeeded = 0,
    /// An error, or a failed check.
    Error = 1,
    /// The command line or a file that it names is wrong.
    Usage = 2,
    /// The deployment failed.
    Failed = 3,
    /// The deployment failed or was stopped, and its rollback deployment succeeded.
    RolledBack = 4,
    /// The deployment was stopped.
    Stopped = 5,
    /// The deployment is not over.
    Running = 6,
    /// The deployment would not succeed.
    WouldNotSucceed = 7,
}

impl Exit {
    /// How a deployment ended, together with its rollback deployment where there is one. A deployment
    /// whose rollback deployment still runs is not over.
    pub(crate) fn of(deployment: &DeploymentInfo, rollback: Option<&DeploymentInfo>) -> Self {
        let own = match deployment.status.as_str() {
            "Succeeded" => return Self::Succeeded,
            "Failed" => Self::Failed,
            "Stopped" => Self::Stopped,
            _ => return Self::Running,
        };
        match rollback.map(|r| r.status.as_str()) {
            None => own,
            Some("Succeeded") => Self::RolledBack,
            Some("Failed" | "Stopped") => Self::Failed,
            Some(_) => Self::Running,
        }
    }

    /// In a word, for `--json`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Error => "error",
            Self::Usage => "wrong usage",
            Self::Failed => "failed",
            Self::RolledBack => "rolled back",
            Self::Stopped => "stopped",
            Self::Running => "running",
            Self::WouldNotSucceed => "would not succeed",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(status: &str) -> DeploymentInfo {
        DeploymentInfo { status: status.into(), ..DeploymentInfo::default() }
    }

    #[test]
    fn every_end_has_its_code() {
        for (own, rollback, exit) in [
            ("Succeeded", None, Exit::Succeeded),
            ("Created", None, Exit::Running),
            ("InProgress", None, Exit::Running),
            ("Failed", None, Exit::Failed),
            ("Stopped", None, Exit::Stopped),
            ("Failed", Some("Succeeded"), Exit::RolledBack),
            ("Stopped", Some("Succeeded"), Exit::RolledBack),
            ("Stopped", Some("Failed"), Exit::Failed),
            ("Failed", Some("Stopped"), Exit::Failed),
            ("Stopped", Some("InProgress"), Exit::Running),
        ] {
            let rollback = rollback.map(info);
            assert_eq!(Exit::of(&info(own), rollback.as_ref()), exit, "{own} {rollback:?}");
        }
    }

    #[test]
    fn the_help_names_every_code() {
        let codes = [
            Exit::Succeeded,
            Exit::Error,
            Exit::Usage,
            Exit::Failed,
            Exit::RolledBack,
            Exit::Stopped,
            Exit::Running,
            Exit::WouldNotSucceed,
        ];
        for exit in codes {
            assert!(HELP.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }
}
