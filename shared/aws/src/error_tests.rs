use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

fn answered(status: u16, code: Option<&str>, message: Option<&str>) -> Fault {
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    if let Some(message) = message {
        metadata = metadata.message(message);
    }
    let mut response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    response.headers_mut().append("x-amzn-requestid", "r-1");
    Fault::of(&SdkError::service_error(metadata.build(), response))
}

#[test]
fn codes_and_statuses_are_sorted() {
    use Remedy::{Again, AgainUnknown, None as Nothing};
    for (status, code, remedy) in [
        (400, "ThrottlingException", Again),
        (400, "RequestThrottled", Again),
        (400, "ProvisionedThroughputExceededException", Again),
        (429, "TooManyRequestsException", Again),
        (429, "SomethingNew", Again),
        (409, "ResourceConflictException", Again),
        (500, "ServiceException", Again),
        (503, "ServiceUnavailable", Again),
        (500, "SomethingNew", AgainUnknown),
        (502, "", AgainUnknown),
        (400, "ValidationException", Nothing),
        (400, "InvalidParameterValueException", Nothing),
        (403, "AccessDeniedException", Nothing),
        (403, "", Nothing),
        (413, "RequestTooLargeException", Nothing),
    ] {
        let fault = answered(status, (!code.is_empty()).then_some(code), None);
        assert_eq!(fault.remedy, remedy, "{status} {code}");
    }
}

#[test]
fn the_message_carries_code_words_and_request() {
    for (code, message, text) in [
        (Some("Denied"), Some("not you"), "Denied: not you (request r-1)"),
        (Some("Denied"), None, "Denied (request r-1)"),
        (None, Some("not you"), "status 403: not you (request r-1)"),
        (None, None, "status 403 (request r-1)"),
    ] {
        assert_eq!(answered(403, code, message).message, text);
    }
    assert_eq!(answered(403, None, Some(&"ä".repeat(1000))).message.chars().count(), MESSAGE_CHARS + 1);
}

#[test]
fn no_answer_may_mean_that_it_was_carried_out() {
    type Error = SdkError<ErrorMetadata, HttpResponse>;
    for (error, remedy, words) in [
        (Error::timeout_error("4 s passed"), Remedy::AgainUnknown, "4 s passed"),
        (Error::dispatch_failure(ConnectorError::io("reset".into())), Remedy::AgainUnknown, "reset"),
        (Error::dispatch_failure(ConnectorError::user("bad URL".into())), Remedy::None, "bad URL"),
        (Error::construction_failure("no table name"), Remedy::None, "no table name"),
        (
            Error::response_error(
                "cut off",
                Response::new(StatusCode::try_from(200).unwrap(), SdkBody::empty()),
            ),
            Remedy::AgainUnknown,
            "cut off",
        ),
    ] {
        let fault = Fault::of(&error);
        assert_eq!(fault.remedy, remedy, "{}", fault.message);
        assert!(fault.message.contains(words), "{}", fault.message);
    }
}

#[test]
fn call_errors_name_the_thing() {
    let call =
        |status, code| answered(status, Some(code), None).into_call_error(|| "alias a:live".to_owned());
    assert_eq!(call(404, "ResourceNotFoundException"), CallError::Gone { what: "alias a:live".to_owned() });
    assert_eq!(call(412, "PreconditionFailedException"), CallError::Conflict);
    assert!(matches!(call(403, "AccessDeniedException"), CallError::Denied { .. }));
    assert!(matches!(call(500, "ServiceException"), CallError::Transient { .. }));
}
