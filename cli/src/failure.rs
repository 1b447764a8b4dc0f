//! What goes wrong on the way, told so that a person knows what to do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::exit::Exit;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nothing answers at the endpoint.
    #[error("nothing answers at {endpoint}: {why}")]
    Unreachable {
        /// Where.
        endpoint: String,
        /// What the system said.
        why: String,
    },
    /// The service took the request and did not answer in time.
    #[error("{endpoint} did not answer within {} s", .after.as_secs())]
    TimedOut {
        /// Where.
        endpoint: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// Something answers, but not the service.
    #[error("the answer from {endpoint} cannot be read: {why}")]
    Unreadable {
        /// Where.
        endpoint: String,
        /// What is wrong with it.
        why: String,
    },
    /// The service refused.
    #[error("{message} ({code})")]
    Refused {
        /// The API's name of the error.
        code: String,
        /// The service's sentence.
        message: String,
    },
    /// A file or an option that was given does not hold what it must.
    #[error("{message}")]
    Input {
        /// Where, and what is wrong.
        message: String,
        /// What to do about it.
        advice: Option<String>,
    },
    /// Anything else, in a sentence.
    #[error("{0}")]
    Told(String),
    /// Anything else, with what to do about it.
    #[error("{0}")]
    Advised(String, String),
}

impl Failure {
    /// A failure in a sentence.
    pub(crate) fn told(message: impl Into<String>) -> Self {
        Self::Told(message.into())
    }

    /// A failure in a sentence, and what to do about it.
    pub(crate) fn advised(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Advised(message.into(), advice.into())
    }

    /// What is wrong with what was given.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::Input { message: message.into(), advice: None }
    }

    /// What is wrong with what was given, and what to do about it.
    pub(crate) fn bad_input(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Input { message: message.into(), advice: Some(advice.into()) }
    }

    /// The same with what to do about it, if it does not say so itself.
    pub(crate) fn advising(self, advice: &str) -> Self {
        match self {
            Self::Input { message, advice: None } => Self::bad_input(message, advice),
            other => other,
        }
    }

    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Input { .. } => Exit::Usage,
            _ => Exit::Error,
        }
    }

    /// Whether the service may be there again in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Refused { code, .. } => {
                matches!(code.as_str(), "ServiceUnavailable" | "ThrottlingException")
            }
            _ => false,
        }
    }

    /// For `--json`.
    pub(crate) fn to_json(&self) -> Value {
        let (code, message) = match self {
            Self::Unreachable { .. } => ("ServiceUnreachable", self.to_string()),
            Self::TimedOut { .. } => ("ServiceTimedOut", self.to_string()),
            Self::Unreadable { .. } => ("AnswerUnreadable", self.to_string()),
            Self::Refused { code, message } => (code.as_str(), message.clone()),
            Self::Input { message, .. } => ("InvalidInput", message.clone()),
            Self::Told(_) | Self::Advised(..) => ("CommandFailed", self.to_string()),
        };
        let error = json!({ "code": code, "message": message, "help": self.advice() });
        cutover_wire::api::without_nulls(json!({ "error": error }))
    }

    /// What a person can do about it.
    pub(crate) fn advice(&self) -> Option<String> {
        Some(match self {
            Self::Unreachable { .. } => {
                "Start the service with `cutover serve`, or name another one with --endpoint or \
                 CUTOVER_ENDPOINT."
                    .to_owned()
            }
            Self::TimedOut { .. } => {
                "Is the service overloaded? Its log (stderr of `cutover serve`) says more.".to_owned()
            }
            Self::Unreadable { .. } => "Is this the address of a Cutover service? See --endpoint.".to_owned(),
            Self::Advised(_, advice) => advice.clone(),
            Self::Input { advice, .. } => return advice.clone(),
            Self::Refused { code, .. } => refusal_advice(code)?.to_owned(),
            Self::Told(_) => return None,
        })
    }
}

fn refusal_advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "DeploymentDoesNotExistException" => "`cutover list` shows the deployments there are.",
        "UnknownOperationException" => {
            "The service does not know this operation: local functions and alarms exist only in \
             `cutover serve --targets local`; otherwise it may be older than this command."
        }
        "MissingAuthenticationTokenException" => {
            "The service checks who calls. Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; its \
             operators issue keys with `cutover keys create`."
        }
        "UnrecognizedClientException" => {
            "The service does not know the key in AWS_ACCESS_KEY_ID, or it is revoked. For `cutover keys`, --data \
             names the service's data folder."
        }
        "AccessDeniedException" => "The key's role does not reach that far; `cutover keys list` shows it.",
        "ThrottlingException" => "Wait a moment, or have the service started with a higher --rate-limit.",
        "DeploymentLimitExceededException" => {
            "One deployment at a time: watch it with `cutover status ID --watch` (the id is above), or stop it."
        }
        "ApplicationDoesNotExistException" => {
            "Create it first: aws deploy create-application --compute-platform Lambda …"
        }
        "DeploymentGroupDoesNotExistException" => "Create it first: aws deploy create-deployment-group …",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_service_says_how_to_start_it() {
        let failure = Failure::Unreachable {
            endpoint: "http://127.0.0.1:7171".into(),
            why: "connection refused".into(),
        };
        assert_eq!(failure.to_string(), "nothing answers at http://127.0.0.1:7171: connection refused");
        assert!(failure.advice().is_some_and(|a| a.contains("`cutover serve`")));
        assert!(failure.may_pass());
        assert_eq!(failure.to_json()["error"]["code"], "ServiceUnreachable");
    }

    #[test]
    fn wrong_input_is_wrong_usage() {
        let failure = Failure::bad_input("f.csv:2: no.", "Mend it.");
        assert_eq!((failure.to_string().as_str(), failure.exit()), ("f.csv:2: no.", Exit::Usage));
        assert_eq!(failure.to_json()["error"]["code"], "InvalidInput");
        assert_eq!(failure.advice().as_deref(), Some("Mend it."));
        assert_eq!(Failure::told("no").exit(), Exit::Error);
    }

    #[test]
    fn a_refusal_quotes_the_service() {
        let failure =
            Failure::Refused { code: "DeploymentDoesNotExistException".into(), message: "No d-1.".into() };
        assert_eq!(failure.to_string(), "No d-1. (DeploymentDoesNotExistException)");
        assert!(failure.advice().is_some_and(|a| a.contains("cutover list")));
        let error = &failure.to_json()["error"];
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!("DeploymentDoesNotExistException"), &json!("No d-1."))
        );
        assert!(!failure.may_pass());
    }
}
