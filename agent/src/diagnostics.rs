//! How a lifecycle event ended, in the official agent's codes.

use serde::Serialize;

/// The official agent's error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
pub enum Code {
    /// Nothing went wrong.
    Success = 0,
    /// The AppSpec names a script that the bundle does not have.
    ScriptMissing = 1,
    /// A script cannot be made executable.
    ScriptNotExecutable = 2,
    /// A script took longer than it may.
    ScriptTimedOut = 3,
    /// A script ended with another exit code than 0.
    ScriptFailed = 4,
    /// Everything else: bundle, AppSpec, install.
    UnknownError = 5,
    /// The agent was restarted while the event ran.
    AfterRestart = 7,
}

impl From<Code> for u8 {
    fn from(code: Code) -> Self {
        code as Self
    }
}

/// How a lifecycle event ended: `{"error_code":4,"script_name":"…","message":"…","log":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostics {
    /// What kind of end.
    pub error_code: Code,
    /// The script that failed, as the AppSpec spells it; else empty.
    pub script_name: String,
    /// A sentence.
    pub message: String,
    /// The last lines that the event's scripts wrote, below 2,048 characters; empty on success.
    pub log: String,
}

impl Diagnostics {
    /// The end that everybody wants.
    pub fn success() -> Self {
        Self {
            error_code: Code::Success,
            script_name: String::new(),
            message: "Succeeded: ".into(),
            log: String::new(),
        }
    }

    /// The event did not run.
    pub fn not_run() -> Self {
        Self { message: String::new(), ..Self::success() }
    }

    /// An error that no script made.
    pub fn error(message: impl ToString) -> Self {
        Self {
            error_code: Code::UnknownError,
            script_name: String::new(),
            message: message.to_string(),
            log: String::new(),
        }
    }

    /// Whether the event succeeded.
    pub fn succeeded(&self) -> bool {
        self.error_code == Code::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_spelt_as_the_official_agent_spells_it() {
        let text = serde_json::to_string(&Diagnostics::error("No.")).unwrap();
        assert_eq!(text, r#"{"error_code":5,"script_name":"","message":"No.","log":""}"#);
    }
}
