//! Requests that a host signs with its own key: who asks, if it is still enrolled.

use cutover_core::ids::Scope;
use cutover_signing::jws::{self, Kind};
use cutover_signing::keys::KeySet;
use cutover_wire::agent::message::from_bytes;
use cutover_wire::agent::request::Request;

use crate::arn::host_session;
use crate::error::{Answer, ServiceError, refuse};
use crate::service::{Caller, Service};

/// How far a host's clock may be from ours: one that is further off is refused by AWS's services as well.
const SKEW_MS: u64 = 15 * 60_000;

impl Service {
    /// The request in this text, and the host that has signed it. What stands in the host's item decides, at every
    /// request: one that is deregistered, or has enrolled again with another key, is refused at once.
    pub async fn asked_by_host(&self, home: &Scope, text: &str) -> Answer<(Caller, Request)> {
        // It says whose key to check with; nothing of it is believed yet.
        let claimed = jws::claimed_payload(text).and_then(|payload| from_bytes::<Request>(&payload).ok());
        let claimed = claimed.ok_or_else(|| refused("it is none that can be read"))?;
        if claimed.scope != *home {
            return Err(refused("it is about another account or region"));
        }
        let found = self.hosts.find(home, &claimed.host).await?;
        let now = self.now();
        let keys = KeySet::of_public(found.iter().flat_map(|(host, _)| host.keys(now)));
        if keys.is_empty() {
            return Err(refused("its host is not enrolled"));
        }
        let payload = jws::verify(&keys, Kind::Request, text);
        let payload = payload.map_err(|doubt| refused(&doubt.to_string()))?;
        let request: Request = from_bytes(&payload).map_err(|error| refused(&error.to_string()))?;
        if request.at.ms_since(now).max(now.ms_since(request.at)) > SKEW_MS {
            return Err(refused(&format!("it was signed at {}, and now it is {now}", request.at)));
        }
        let principal = Some(host_session(&home.account, &request.host));
        Ok((Caller { scope: home.clone(), principal }, request))
    }
}

fn refused(why: &str) -> ServiceError {
    refuse("AccessDeniedException", format!("The request is not believed: {why}."))
}
