//! Signed requests of services for which no SDK client is linked in.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;

/// What is signed.
pub(crate) struct Unsigned<'a> {
    /// HTTP's.
    pub(crate) method: &'a str,
    /// The whole address.
    pub(crate) url: &'a str,
    /// Headers to sign beside Host.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// All of it.
    pub(crate) body: &'a [u8],
}

/// The headers that sign a request of that service in that region, now.
///
/// # Errors
/// When it cannot be signed; in words.
pub(crate) fn signature(
    request: &Unsigned<'_>,
    credentials: Credentials,
    (service, region): (&str, &str),
    settings: SigningSettings,
) -> Result<Vec<(String, String)>, String> {
    let identity = credentials.into();
    let params = SigningParams::builder().identity(&identity).region(region).name(service);
    let params = params.time(SystemTime::now()).settings(settings).build();
    let params = params.map_err(|error| error.to_string())?.into();
    let headers = request.headers.iter().copied();
    let signable =
        SignableRequest::new(request.method, request.url, headers, SignableBody::Bytes(request.body));
    let signed = signable.and_then(|request| sign(request, &params)).map_err(|error| error.to_string())?;
    Ok(signed.output().headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// What may stand in a query or a form; in a path slashes as well.
#[cfg(any(feature = "hosts", feature = "pipelines", feature = "query", feature = "archives"))]
pub(crate) fn encode(text: &str, is_path: bool) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || is_path && byte == b'/';
    let mut encoded = String::new();
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// AWS's domain in a region.
pub(crate) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}
