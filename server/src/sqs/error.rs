//! What SQS answers when it refuses, by AWS's names.

use cutover_wire::api::error::ApiError;

/// The header with the name that an error had in SQS's older protocol.
pub(super) const OLDER_NAME: axum::http::HeaderName =
    axum::http::HeaderName::from_static("x-amzn-query-error");

/// The name that an error has in the older protocol: boto3 shows this one. Those of signatures keep theirs.
pub(super) fn older_name(code: &str) -> &str {
    match code {
        "AccessDeniedException" => "AccessDenied",
        "InvalidParameterValueException" => "InvalidParameterValue",
        "MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight",
        "MissingRequiredParameterException" => "MissingParameter",
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
        other => other,
    }
}

pub(super) fn no_queue() -> ApiError {
    ApiError::refused("QueueDoesNotExist", "The specified queue does not exist.")
}

pub(super) fn wrong_receipt(receipt: &str) -> ApiError {
    let shown: String = receipt.chars().take(64).collect();
    let message = format!("The input receipt handle \"{shown}\" is not a valid receipt handle.");
    ApiError::refused("ReceiptHandleIsInvalid", message)
}

pub(super) fn not_in_flight() -> ApiError {
    ApiError::refused("MessageNotInflight", "The message is not in flight: it is gone, or visible again.")
}

pub(super) fn denied(message: &str) -> ApiError {
    ApiError::refused("AccessDeniedException", message)
}

pub(super) fn unsupported() -> ApiError {
    let message = "These queues know ReceiveMessage, DeleteMessage, ChangeMessageVisibility, SendMessage and \
                   GetQueueUrl.";
    ApiError::refused("UnsupportedOperation", message)
}

pub(super) fn missing(parameter: &str) -> ApiError {
    let message = format!("The request must contain the parameter {parameter}.");
    ApiError::refused("MissingRequiredParameterException", message)
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::refused("InvalidParameterValueException", message)
}

/// The number, or what stands for it; refused in AWS's words when it is out of bounds.
pub(super) fn bounded(
    (name, given): (&str, Option<i64>),
    default: u64,
    (least, most): (u64, u64),
) -> Result<u64, ApiError> {
    let Some(given) = given else { return Ok(default) };
    u64::try_from(given).ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        invalid(format!(
            "Value {given} for parameter {name} is invalid. Reason: Must be >= {least} and <= {most}, if \
             provided."
        ))
    })
}
