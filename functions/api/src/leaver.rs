//! Hosts that leave: what they have outside the store is ended by whoever keeps it.

use cutover_wire::api::from_object;
use serde::Deserialize;

use crate::operations::CODEDEPLOY;
use crate::protocol::Asked;

/// The operation after which a host may not call any more.
const DEREGISTER: &str = "DeregisterOnPremisesInstance";

/// The host that this request deregisters, if it does that and succeeds.
pub fn leaver(asked: &Asked<'_>, body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        instance_name: String,
    }
    asked.named_in(CODEDEPLOY).filter(|name| *name == DEREGISTER)?;
    from_object(body).ok().map(|Named { instance_name }| instance_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_deregistered_leaves() {
        for (target, body, expected) in [
            ("CodeDeploy_20141006.DeregisterOnPremisesInstance", r#"{"instanceName": "a"}"#, Some("a")),
            ("CodeDeploy_20141006.DeregisterOnPremisesInstance", "{}", None),
            ("CodeDeploy_20141006.GetOnPremisesInstance", r#"{"instanceName": "a"}"#, None),
            ("Cutover_20261101.DeregisterOnPremisesInstance", r#"{"instanceName": "a"}"#, None),
        ] {
            assert_eq!(leaver(&Asked::json(Some(target)), body.as_bytes()).as_deref(), expected, "{target}");
        }
    }
}
