//! Sorts what the SDK reports by what can be done about it: one helper for every service.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use cutover_ports::call::CallError;

/// The longest message kept: it ends up in a deployment's timeline.
const MESSAGE_CHARS: usize = 400;

/// Codes that name a passing trouble whatever the HTTP status says. Every code with "Throttl" in it is one too.
const PASSING: [&str; 20] = [
    "BandwidthLimitExceeded",
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "KMSInternalException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "RequestTimeoutException",
    "ResourceConflictException",
    "ServiceException",
    "ServiceUnavailable",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// What can be done about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: permission, bad request.
    None,
    /// Try again: throttling, server fault; the request was answered and did nothing.
    Again,
    /// Try again, knowing that the request may have been carried out: timeout, lost answer.
    AgainUnknown,
}

/// A failed SDK call, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The service's error code, if it answered with one.
    pub code: Option<String>,
    /// What can be done about it.
    pub remedy: Remedy,
    /// Code, message and request id, in one line.
    pub message: String,
}

impl Fault {
    /// Sorts an SDK error.
    pub fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let request = error.request_id().map(|id| format!(" (request {id})")).unwrap_or_default();
        let SdkError::ServiceError(service) = error else {
            let remedy = match error {
                SdkError::ConstructionFailure(_) => Remedy::None,
                SdkError::DispatchFailure(failure) if failure.is_user() => Remedy::None,
                _ => Remedy::AgainUnknown,
            };
            return Self { code: None, remedy, message: clip(format!("{}{request}", chain(error))) };
        };
        let status = service.raw().status().as_u16();
        Self::answered(status, service.err().code(), service.err().message(), &request)
    }

    /// Sorts what a service answered; `request` is put behind its words.
    pub(crate) fn answered(status: u16, code: Option<&str>, message: Option<&str>, request: &str) -> Self {
        let message = match (code, message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            (None, Some(message)) => format!("status {status}: {message}"),
            (None, None) => format!("status {status}"),
        };
        Self {
            code: code.map(str::to_owned),
            remedy: remedy(code.unwrap_or_default(), status),
            message: clip(format!("{message}{request}")),
        }
    }

    /// Whether the service gave this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// As the failure of an outside call on `what`.
    pub fn into_call_error(self, what: impl FnOnce() -> String) -> CallError {
        match self.code.as_deref() {
            Some("ResourceNotFoundException") => CallError::Gone { what: what() },
            Some("PreconditionFailedException") => CallError::Conflict,
            Some(code)
                if self.remedy == Remedy::None && DENIED.iter().any(|denied| code.contains(denied)) =>
            {
                CallError::Denied { message: self.message }
            }
            _ if self.remedy == Remedy::None => CallError::Refused { message: self.message },
            _ => CallError::Transient { message: self.message },
        }
    }
}

/// What the codes of missing permissions and bad credentials have in common.
const DENIED: [&str; 9] = [
    "AccessDenied",
    "AuthFailure",
    "ExpiredToken",
    "InvalidClientTokenId",
    "InvalidSignature",
    "NotAuthorized",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClient",
];

fn remedy(code: &str, status: u16) -> Remedy {
    match status {
        _ if code.contains("Throttl") || PASSING.contains(&code) => Remedy::Again,
        408 | 429 | 503 => Remedy::Again,
        500.. => Remedy::AgainUnknown,
        _ => Remedy::None,
    }
}

/// The error and its causes, outermost first; the outer ones alone say "dispatch failure".
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}

fn clip(text: String) -> String {
    match text.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
