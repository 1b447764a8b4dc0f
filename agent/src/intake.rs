//! What is believed of a message in the host's queue: an order that the service signed for this host. Pure.

use cutover_core::ids::Scope;
use cutover_signing::jws::{self, Kind};
use cutover_signing::keys::KeySet;
use cutover_wire::agent::message::from_bytes;
use cutover_wire::agent::order::Order;

/// Whom orders must be from and for.
#[derive(Debug)]
pub struct Intake {
    /// Pinned when the host enrolled.
    pub keys: KeySet,
    /// This host.
    pub host: String,
    /// Where it enrolled.
    pub scope: Scope,
}

impl Intake {
    /// The order in a message.
    ///
    /// # Errors
    /// Why it is not to be believed, in words for a log: nothing of what the message says is repeated that could
    /// be long or break the line.
    pub fn open(&self, body: &str) -> Result<Order, String> {
        let payload = jws::verify(&self.keys, Kind::Order, body.trim());
        let payload = payload.map_err(|error| short(&error.to_string()))?;
        let order: Order = from_bytes(&payload).map_err(|error| short(&error.to_string()))?;
        if order.host != self.host {
            return Err(short(&format!("it is for the host {:?}, this is {:?}", order.host, self.host)));
        }
        if order.scope != self.scope {
            let Scope { account, region } = &order.scope;
            return Err(short(&format!(
                "it is from {account:?} in {region:?}, where this host is not enrolled"
            )));
        }
        Ok(order)
    }
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
        let intake = Intake {
            keys: KeySet::new(Verifier::from_public(&signer.public())),
            host: "web-1".into(),
            scope: samples::order("o").scope,
        };
        let token = |signer: &Signer, kind, change: fn(&mut Order)| {
            let mut order = samples::order("o");
            change(&mut order);
            sign(signer, kind, &to_bytes(&order))
        };
        let good = token(&signer, Kind::Order, |_| ());
        assert_eq!(intake.open(&good), Ok(samples::order("o")));
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
            let error = intake.open(&token).unwrap_err();
            assert!(error.contains(told) && !error.contains('\n'), "{told}: {error}");
        }
    }
}
