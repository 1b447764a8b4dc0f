//! The side that sends.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::caller_identity::{CallerIdentities, CallerIdentity, SignedIdentity};
use roxmltree::Node;

use super::{ASKED, BOUND, SIGNED, STS};
use crate::caller::{FORM, address};
use crate::query::{child, parsed, refused, text};
use crate::sdk::{ATTEMPT, Sdk};
use crate::web::Web;

/// STS, asked without credentials of our own.
#[derive(Debug, Clone)]
pub struct StsIdentities {
    sdk: Sdk,
    web: Arc<OnceLock<Web>>,
}

impl StsIdentities {
    /// At the addresses of this configuration.
    pub fn new(sdk: Sdk) -> Self {
        Self { sdk, web: Arc::default() }
    }
}

#[async_trait]
impl CallerIdentities for StsIdentities {
    async fn identify(&self, signed: &SignedIdentity) -> Result<CallerIdentity, CallError> {
        let SignedIdentity { region, bound_to, access_key_id, date, session_token, signature } = signed;
        let url = address(self.sdk.config().await, STS, region);
        let (day, _) = date.split_once('T').unwrap_or((date, ""));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/{day}/{region}/{}/aws4_request, SignedHeaders={SIGNED}, \
             Signature={signature}",
            STS.name
        );
        let headers = [
            ("content-type", FORM),
            (BOUND, bound_to.as_str()),
            ("x-amz-date", date),
            ("x-amz-security-token", session_token),
            ("authorization", &authorization),
        ];
        let web = self.web.get_or_init(Web::new);
        let passing = |message| CallError::Transient { message };
        let answer = web.call("POST", &url, &headers, ASKED.into(), ATTEMPT).await;
        let answer = answer.map_err(|error| passing(format!("{url}: {error}")))?;
        match answer.status {
            200 => {}
            // Whatever is wrong with the credentials of somebody else does not pass by asking again.
            400..=499 if answer.status != 429 => {
                let fault = refused(&answer);
                let throttled = fault.code.as_deref().is_some_and(|code| code.contains("Throttl"));
                let message = fault.message;
                return Err(if throttled { passing(message) } else { CallError::Refused { message } });
            }
            _ => return Err(passing(refused(&answer).message)),
        }
        let found = parsed(&answer, read).map_err(|fault| passing(fault.message))?;
        found.ok_or_else(|| passing(format!("{url} tells no account and no ARN")))
    }
}

fn read(root: Node<'_, '_>) -> Option<CallerIdentity> {
    let result = child(root, "GetCallerIdentityResult")?;
    let (account, arn) = (text(result, "Account")?, text(result, "Arn")?);
    Some(CallerIdentity { account: account.to_owned(), arn: arn.to_owned() })
}
