//! What is believed of a message in the host's queue: an order that the service signed for this host. Pure.

use cutover_core::ids::Scope;
use cutover_signing::jws::{self, JwsError, Kind};
use cutover_signing::keys::KeySet;
use cutover_wire::agent::message::from_bytes;
use cutover_wire::agent::order::Order;

/// Whom orders must be from and for.
#[derive(Debug)]
pub struct Intake {
    /// This host.
    pub host: String,
    /// Where it enrolled.
    pub scope: Scope,
}

impl Intake {
    /// The order in a message that one of these keys signed.
    ///
    /// # Errors
    /// Why it is not to be believed.
    pub fn open(&self, keys: &KeySet, body: &str) -> Result<Order, Disbelief> {
        let payload = jws::verify(keys, Kind::Order, body.trim());
        let payload = payload.map_err(|error| match error {
            JwsError::UnknownKey(_) => Disbelief::UnknownKey(short(&error.to_string())),
            error => refused(&error),
        })?;
        let order: Order = from_bytes(&payload).map_err(|error| refused(&error))?;
        if order.host != self.host {
            return Err(refused(&format!("it is for the host {:?}, this is {:?}", order.host, self.host)));
        }
        if order.scope != self.scope {
            let Scope { account, region } = &order.scope;
            let place = format!("{account:?} in {region:?}");
            return Err(refused(&format!("it is from {place}, where this host is not enrolled")));
        }
        Ok(order)
    }
}

/// Why a message is not believed, in words for a log: nothing of what it says is repeated that could be long or break
/// the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disbelief {
    /// The service may have another key by now.
    UnknownKey(String),
    /// Whatever the keys are.
    Refused(String),
}

impl Disbelief {
    /// The words.
    pub fn reason(self) -> String {
        match self {
            Self::UnknownKey(reason) | Self::Refused(reason) => reason,
        }
    }
}

fn refused(reason: &impl std::fmt::Display) -> Disbelief {
    Disbelief::Refused(short(&reason.to_string()))
}

fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use cutover_signing::jws::sign;
    use cutover_signing::keys::{Signer, Verifier};
    use cutover_wire::agent::message::to_bytes;

    #[test]
    fn only_what_is_signed_for_this_host_is_believed() {
        let (signer, other) = (Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
        let keys = KeySet::new(Verifier::from_public(&signer.public()));
        let intake = Intake { host: "web-1".into(), scope: samples::order("o").scope };
        let token = |signer: &Signer, kind, change: fn(&mut Order)| {
            let mut order = samples::order("o");
            change(&mut order);
            sign(signer, kind, &to_bytes(&order))
        };
        let good = token(&signer, Kind::Order, |_| ());
        assert_eq!(intake.open(&keys, &good), Ok(samples::order("o")));
        let mut altered = good.into_bytes();
        let middle = altered.len() / 2;
        altered[middle] = if altered[middle] == b'A' { b'B' } else { b'A' };
        for (token, told) in [
            (token(&signer, Kind::Order, |order| order.host = "web-2".into()), "for the host \"web-2\""),
            (token(&signer, Kind::Order, |order| order.scope.region = "x".into()), "not enrolled"),
            (token(&signer, Kind::Order, |order| order.v = 2), "version 2"),
            (token(&signer, Kind::Report, |_| ()), "not Order"),
            (token(&other, Kind::Order, |_| ()), "not one of those known here"),
            (String::from_utf8(altered).unwrap(), "signature"),
            ("junk\n".into(), "not signed in the way"),
        ] {
            let error = intake.open(&keys, &token).unwrap_err();
            let unknown = matches!(error, Disbelief::UnknownKey(_));
            assert_eq!(unknown, told == "not one of those known here", "{told}");
            let error = error.reason();
            assert!(error.contains(told) && !error.contains('\n'), "{told}: {error}");
        }
    }
}
