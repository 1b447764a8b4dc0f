//! Which reports are believed: those that the key signed with which their host enrolled.

use cutover_core::time::Timestamp;
use cutover_signing::jws::{self, JwsError, Kind};
use cutover_signing::keys::KeySet;
use cutover_store::hosts::Host;
use cutover_wire::agent::message::{MessageError, from_bytes};
use cutover_wire::agent::report::Report;

/// Why a report is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Doubt {
    /// It does not even say whose it is.
    #[error("it is none that can be read")]
    Malformed,
    /// No such host, or one that has no key or is deregistered.
    #[error("its host is not enrolled")]
    Stranger,
    /// Not signed by that host.
    #[error(transparent)]
    Signature(#[from] JwsError),
    /// Signed, but not understood.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// What a text claims to be; it says whose key to check with, and nothing of it is believed yet.
pub fn claimed(text: &str) -> Result<Report, Doubt> {
    let payload = jws::claimed_payload(text).ok_or(Doubt::Malformed)?;
    from_bytes(&payload).map_err(|_| Doubt::Malformed)
}

/// The report in a text, if this host has signed it with a key that counts now.
pub fn believed(text: &str, host: Option<&Host>, now: Timestamp) -> Result<Report, Doubt> {
    let keys = KeySet::of_public(host.into_iter().flat_map(|host| host.keys(now)));
    if keys.is_empty() {
        return Err(Doubt::Stranger);
    }
    Ok(from_bytes(&jws::verify(&keys, Kind::Report, text)?)?)
}

#[cfg(test)]
mod tests {
    use cutover_core::ids::{DeploymentId, Scope};
    use cutover_signing::keys::Signer;
    use cutover_store::hosts::{FormerKey, HOST_VERSION, HostKeys, Identity};
    use cutover_wire::agent::message::{AGENT_VERSION, to_bytes};
    use cutover_wire::agent::order::Seat;
    use cutover_wire::agent::report::News;

    use super::*;

    fn host(key: Option<&Signer>, deregistered: bool) -> Host {
        let at = Timestamp::from_millis(0);
        Host {
            v: HOST_VERSION,
            name: "web-1".into(),
            arn: "arn".into(),
            identity: Identity::Session("arn".into()),
            tags: Vec::new(),
            public_key: key.map(Signer::public),
            access_key: None,
            next: None,
            former: None,
            registered_at: at,
            deregistered_at: deregistered.then_some(at),
        }
    }

    fn report(v: u16) -> Vec<u8> {
        to_bytes(&Report {
            v,
            order: "00ff".into(),
            host: "web-1".into(),
            scope: Scope::new("123456789012", "us-east-1"),
            deployment: DeploymentId::new("d-ABCDEFGHI"),
            seat: Seat { shard: 0, index: 0, segment: 0, attempt: 1 },
            seq: 1,
            at: Timestamp::from_millis(0),
            news: News::Succeeded,
            idle_gap_ms: 0,
            events: Vec::new(),
        })
    }

    #[test]
    fn only_what_its_host_signed_is_believed() {
        let (own, other) = (Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
        let good = jws::sign(&own, Kind::Report, &report(AGENT_VERSION));
        assert_eq!(claimed(&good).expect("a claim").host, "web-1");
        let now = Timestamp::from_millis(5_000);
        assert_eq!(believed(&good, Some(&host(Some(&own), false)), now).expect("a report").order, "00ff");
        // A key that is to come counts, and one that went as long as its reports may be on their way.
        let public_key = own.public();
        let next = Some(HostKeys { public_key: public_key.clone(), access_key: None });
        assert!(believed(&good, Some(&Host { next, ..host(Some(&other), false) }), now).is_ok());
        for (until, counts) in [(5_001, true), (5_000, false)] {
            let until = Timestamp::from_millis(until);
            let former = Some(FormerKey { public_key: public_key.clone(), until });
            let host = Host { former, ..host(Some(&other), false) };
            assert_eq!(believed(&good, Some(&host), now).is_ok(), counts, "{until}");
        }
        // Another report under the same signature.
        let (signed, signature) = good.rsplit_once('.').expect("parts");
        let (header, _) = signed.split_once('.').expect("parts");
        let stranger = jws::sign(&own, Kind::Report, b"{}");
        let payload = stranger.split('.').nth(1).expect("a payload");
        let swapped = format!("{header}.{payload}.{signature}");
        let doubts = [
            (good.clone(), Some(host(Some(&other), false)), "not one of those known here"),
            (good.clone(), Some(host(Some(&own), true)), "not enrolled"),
            (good.clone(), Some(host(None, false)), "not enrolled"),
            (good, None, "not enrolled"),
            (swapped, Some(host(Some(&own), false)), "its signature is not"),
            (
                jws::sign(&own, Kind::Order, &report(AGENT_VERSION)),
                Some(host(Some(&own), false)),
                "is not Report",
            ),
            (jws::sign(&own, Kind::Report, &report(2)), Some(host(Some(&own), false)), "of version 2"),
            ("x".to_owned(), Some(host(Some(&own), false)), "not signed in the way"),
        ];
        for (text, host, why) in doubts {
            let doubt = believed(&text, host.as_ref(), now).expect_err("a doubt").to_string();
            assert!(doubt.contains(why), "{doubt}");
        }
        assert!(matches!(claimed("x"), Err(Doubt::Malformed)));
    }
}
