//! The side that signs.

use aws_sigv4::http_request::SigningSettings;
use cutover_ports::caller_identity::SignedIdentity;

use super::{ASKED, BOUND, SIGNED, STS};
use crate::caller::{FORM, address, credentials, region};
use crate::sdk::Sdk;
use crate::signed::{Unsigned, signature};

/// Signs the request, now, with what the SDK finds: the credentials of a session, as every role's are.
///
/// # Errors
/// When there are no such credentials, or no region; in words.
pub async fn sign(sdk: &Sdk, bound_to: &str) -> Result<SignedIdentity, String> {
    let config = sdk.config().await;
    let region = region(config)?;
    let credentials = credentials(config).await?;
    let (id, token) = (credentials.access_key_id().to_owned(), credentials.session_token());
    let session_token = token.ok_or("the credentials are of no role: they have no session token")?.to_owned();
    let url = address(config, STS, region);
    let headers = [("content-type", FORM), (BOUND, bound_to)];
    let unsigned = Unsigned { method: "POST", url: &url, headers: &headers, body: ASKED.as_bytes() };
    let made = signature(&unsigned, credentials, (STS.name, region), SigningSettings::default())?;
    let header = |name: &str| made.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let parts =
        header("authorization").and_then(|all| all.rsplit_once(", Signature=")).zip(header("x-amz-date"));
    let ((rest, signature), date) = parts.ok_or("it came out without a signature")?;
    if !rest.ends_with(&format!("SignedHeaders={SIGNED}")) {
        return Err(format!("it signs other headers than {SIGNED}: {rest}"));
    }
    Ok(SignedIdentity {
        region: region.to_owned(),
        bound_to: bound_to.to_owned(),
        access_key_id: id,
        date: date.to_owned(),
        session_token,
        signature: signature.to_owned(),
    })
}
