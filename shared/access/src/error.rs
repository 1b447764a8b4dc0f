//! What a caller is told who did not sign as it must: AWS's names, words and statuses, which its clients and
//! their users know. JSON services answer all of them with 400.

use cutover_core::stamp::stamp;
use cutover_core::time::Timestamp;
use cutover_wire::api::error::ApiError;

/// There is no signature.
pub fn missing() -> ApiError {
    ApiError::refused("MissingAuthenticationTokenException", "Missing Authentication Token")
}

/// The signature lacks a part, or one cannot be read.
pub fn incomplete(what: &str) -> ApiError {
    ApiError::refused("IncompleteSignatureException", what)
}

/// No key has that id, or not any more.
pub fn unknown_key() -> ApiError {
    let message = "The security token included in the request is invalid.";
    ApiError::refused("UnrecognizedClientException", message)
}

/// The signature is for something else, or not by this key.
pub fn invalid(what: impl Into<String>) -> ApiError {
    ApiError::refused("InvalidSignatureException", what)
}

/// The secret, the request or the body is another one than was signed.
pub fn mismatch() -> ApiError {
    invalid(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details.",
    )
}

/// The clocks differ, or the request was kept for a while.
pub fn skewed(signed: Timestamp, now: Timestamp, most_ms: u64) -> ApiError {
    let minutes = most_ms / 60_000;
    let (at, here) = (stamp(signed), stamp(now));
    if signed < now {
        let first = stamp(Timestamp::from_millis(now.as_millis() - most_ms.cast_signed()));
        return invalid(format!(
            "Signature expired: {at} is now earlier than {first} ({here} - {minutes} min.)"
        ));
    }
    let last = stamp(now.plus_ms(most_ms));
    invalid(format!("Signature not yet current: {at} is still later than {last} ({here} + {minutes} min.)"))
}
