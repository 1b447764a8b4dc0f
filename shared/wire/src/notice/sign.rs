//! The headers of what a webhook gets: what it is, which one, and a signature.

use cutover_core::audience::Told;
use cutover_core::hex::push_hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The headers of a delivery of that id, signed at that second.
pub fn headers(secret: &str, told: Told, id: &str, at_secs: i64, body: &str) -> Vec<(String, String)> {
    let timestamp = at_secs.to_string();
    let signature = signature(secret, &timestamp, body);
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("user-agent", concat!("Cutover/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("x-cutover-event", told.as_str().to_owned()),
        ("x-cutover-delivery", id.to_owned()),
        ("x-cutover-timestamp", timestamp),
        ("x-cutover-signature", signature),
    ];
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// `sha256=` and the HMAC-SHA256, in hexadecimal, of timestamp, a full stop and body.
fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    for part in [timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    let mut text = "sha256=".to_owned();
    push_hex(&mut text, &mac.finalize().into_bytes());
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_signature_is_that_of_openssl() {
        // printf '1793534405.{"v":1}' | openssl dgst -sha256 -hmac secret
        let expected = "sha256=35075f44f0485b8adcc66c4cf04d395494dcfe0383a3f14f66ead7cf37dfec1c";
        assert_eq!(super::signature("secret", "1793534405", r#"{"v":1}"#), expected);
    }
}
