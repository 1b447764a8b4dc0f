//! How an EC2 instance proves which one it is: the credentials of its role sign a request GetCallerIdentity, and AWS says
//! whose they are.
//!
//! ```text
//! instance ── what it signed, for this region, service and key ──► service ── the request ──► STS
//! service  ◄── arn:aws:sts::ACCOUNT:assumed-role/ROLE/i-… ──────────────────────────────────── STS
//! ```
//! The instance hands in the parts of the request that only it can make, and the service makes the rest: so there is no
//! address, header or body of the instance's choosing. EC2 names the session of an instance's role after the instance;
//! whoever else may assume that role could choose the same name, and so the operator names the roles that count.

use std::sync::Arc;

use cutover_core::ids::Scope;
use cutover_core::stamp;
use cutover_core::time::Timestamp;
use cutover_ports::call::CallError;
use cutover_ports::caller_identity::{CallerIdentities, CallerIdentity, SignedIdentity};
use cutover_signing::keys::Verifier;
use cutover_wire::agent::identity::bound_to;
use cutover_wire::api::agent::EnrollInstanceInput;
use cutover_wire::api::error::ApiError;

use crate::enrolment::{Admission, Proof};
use crate::error::{Answer, ServiceError, refuse};
use crate::rules::rule::Rule;
use crate::rules::{Valid, given};
use crate::service::Service;

/// How far the instance's clock may be from ours: as long as AWS takes a signature for fresh.
const SKEW_MS: u64 = 15 * 60_000;
/// The lengths that the hexadecimal part of an instance's id may have.
const ID_CHARS: [usize; 2] = [8, 17];
/// The longest token of a session that is looked at.
const SESSION_CHARS: usize = 8_192;

/// Whom AWS is asked about, and whose word counts.
#[derive(Clone)]
pub struct Instances {
    /// Roles whose sessions are instances, by name; none lets nobody in.
    pub roles: Vec<String>,
    /// Asks AWS.
    pub identities: Arc<dyn CallerIdentities>,
}

/// The names in a list with commas.
pub fn roles(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

impl Service {
    /// Finds out which EC2 instance wants to enrol, at the service of this host and port. It changes nothing.
    ///
    /// # Errors
    /// When AWS does not say so, or it is none that may.
    pub async fn admit_instance(
        &self,
        home: &Scope,
        service: &str,
        input: Valid<EnrollInstanceInput>,
    ) -> Answer<Admission> {
        let Some(instances) = self.instances.as_ref().filter(|instances| !instances.roles.is_empty()) else {
            return Err(not_proven("no role is named here whose instances may enrol so; use a token"));
        };
        let region = given(&input.region);
        if region != home.region {
            let home = &home.region;
            return Err(not_proven(format!("it is signed for {region:?}, and this service is of {home}")));
        }
        let (date, now) = (given(&input.date), self.now());
        let is_fresh = |at: Timestamp| at.ms_since(now).max(now.ms_since(at)) <= SKEW_MS;
        if !stamp::parse(date).is_some_and(is_fresh) {
            return Err(not_proven(format!(
                "it was signed at {date:?}, and now it is {}",
                stamp::stamp(now)
            )));
        }
        let public_key = Verifier::from_public(given(&input.public_key)).map(|key| key.public());
        let public_key = public_key.unwrap_or_default();
        let signed = SignedIdentity {
            region: region.to_owned(),
            bound_to: bound_to(service, &public_key),
            access_key_id: given(&input.access_key_id).to_owned(),
            date: date.to_owned(),
            session_token: given(&input.session_token).to_owned(),
            signature: given(&input.signature).to_owned(),
        };
        let identity = instances.identities.identify(&signed).await.map_err(failed)?;
        let host = instance_of(&identity, home, &instances.roles).map_err(not_proven)?;
        let admission = Admission { by: Proof::Aws(identity.arn), scope: home.clone(), host, public_key };
        self.newcomer(&admission, None).await?;
        Ok(admission)
    }
}

/// The id of the instance that this is, or why it is none that may enrol.
fn instance_of(identity: &CallerIdentity, home: &Scope, roles: &[String]) -> Result<String, String> {
    let CallerIdentity { account, arn } = identity;
    let strange = || format!("AWS says that it is {arn}, which is no session of an instance's role");
    let rest = arn.strip_prefix("arn:").and_then(|rest| rest.strip_prefix(home.partition()));
    let (owner, session) = rest
        .and_then(|rest| rest.strip_prefix(":sts::"))
        .and_then(|rest| rest.split_once(":assumed-role/"))
        .ok_or_else(strange)?;
    if [account.as_str(), owner] != [home.account.as_str(); 2] {
        return Err(format!(
            "AWS says that it is of the account {account}, and this service is of {}",
            home.account
        ));
    }
    let (role, instance) = session.split_once('/').ok_or_else(strange)?;
    if !roles.iter().any(|allowed| allowed == role) {
        return Err(format!("its role {role} is not named among those whose instances may enrol so"));
    }
    let digits = instance.strip_prefix("i-").ok_or_else(strange)?;
    let is_id = ID_CHARS.contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if is_id { Ok(instance.to_owned()) } else { Err(strange()) }
}

fn failed(error: CallError) -> ServiceError {
    match error {
        CallError::Transient { message } => ApiError::unavailable(format!(
            "AWS cannot be asked who this is; try again in a moment: {message}"
        ))
        .into(),
        error => not_proven(format!("AWS says: {error}")),
    }
}

fn not_proven(why: impl std::fmt::Display) -> ServiceError {
    refuse("InvalidInstanceIdentityException", format!("The instance has not proven what it is: {why}."))
}

/// A part of the signed request that becomes a part of a header: so many characters of these.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    what: &'static str,
    most: usize,
    may_have: fn(u8) -> bool,
}

pub(crate) const ACCESS_KEY_ID: Part =
    Part { what: "accessKeyId", most: 128, may_have: |b| b.is_ascii_uppercase() || b.is_ascii_digit() };
pub(crate) const DATE: Part =
    Part { what: "date", most: 16, may_have: |b| b.is_ascii_digit() || b"TZ".contains(&b) };
pub(crate) const SESSION_TOKEN: Part =
    Part { what: "sessionToken", most: SESSION_CHARS, may_have: |b| b.is_ascii_graphic() };
pub(crate) const SIGNATURE: Part =
    Part { what: "signature", most: 64, may_have: |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) };

impl Rule<String> for Part {
    fn check(&self, part: &Option<String>) -> Result<(), ApiError> {
        let text = given(part);
        if (1..=self.most).contains(&text.len()) && text.bytes().all(self.may_have) {
            return Ok(());
        }
        let message = format!("{} is not a part of a request that AWS signs.", self.what);
        Err(ApiError::refused("InvalidInstanceIdentityException", message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(account: &str, arn: &str) -> Result<String, String> {
        let identity = CallerIdentity { account: account.to_owned(), arn: arn.to_owned() };
        instance_of(&identity, &Scope::new("111122223333", "eu-west-1"), &roles(" web , db,"))
    }

    #[test]
    fn only_sessions_of_named_roles_with_the_name_of_an_instance_are_instances() {
        let instance = "arn:aws:sts::111122223333:assumed-role/web/i-0abc1234def567890";
        assert_eq!(told("111122223333", instance).as_deref(), Ok("i-0abc1234def567890"));
        let short = "arn:aws:sts::111122223333:assumed-role/db/i-0abc1234";
        assert_eq!(told("111122223333", short).as_deref(), Ok("i-0abc1234"));
        for (account, arn, said) in [
            ("999999999999", instance, "the account 999999999999"),
            ("111122223333", "arn:aws:sts::999999999999:assumed-role/web/i-0abc1234", "account"),
            ("111122223333", "arn:aws-cn:sts::111122223333:assumed-role/web/i-0abc1234", "no session"),
            ("111122223333", "arn:aws:iam::111122223333:user/i-0abc1234", "no session"),
            ("111122223333", "arn:aws:iam::111122223333:role/web/i-0abc1234", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:federated-user/i-0abc1234", "no session"),
            ("111122223333", "arn:aws:iam::111122223333:root", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/other/i-0abc1234", "role other"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web2/i-0abc1234", "role web2"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web/alice", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web/i-0ABC1234", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web/i-0abc123", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web/i-0abc12345", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web/i-0abc1234/x", "no session"),
            ("111122223333", "arn:aws:sts::111122223333:assumed-role/web/mi-0abc1234", "no session"),
            ("111122223333", "", "no session"),
        ] {
            let refused = told(account, arn).expect_err(arn);
            assert!(refused.contains(said), "{arn}: {refused}");
        }
        let named = "arn:aws:sts::111122223333:assumed-role//i-0abc1234";
        assert!(told("111122223333", named).is_err() && roles(" , ,").is_empty());
    }

    #[test]
    fn parts_cannot_become_other_headers() {
        for (part, good, bad) in [
            (ACCESS_KEY_ID, "ASIAEXAMPLE1", ["", "ASIA/20261101", "ASIA, X=", "ASIA\r\nhost: x"]),
            (DATE, "20261101T120000Z", ["", "2026-11-01", "20261101T120000Z ", "20261101T120000Z0"]),
            (SESSION_TOKEN, "IQoJb3+/==", ["", "a b", "a\nb", "é"]),
            (SIGNATURE, "0af9", ["", "0AF9", "0a f9", "0a,X"]),
        ] {
            assert!(part.check(&Some(good.to_owned())).is_ok(), "{}", part.what);
            for bad in bad {
                assert!(part.check(&Some(bad.to_owned())).is_err(), "{}: {bad:?}", part.what);
            }
            assert!(part.check(&None).is_err(), "{}", part.what);
        }
    }
}
