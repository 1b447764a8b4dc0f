//! Under which names the things of a stack are registered.

use cutover_core::hex::push_hex;
use sha2::{Digest, Sha256};

use crate::properties::{ConfigProperties, Properties};
use crate::trouble::Trouble;

/// The longest name.
const LENGTH: usize = 100;

/// Both names, if they are names: what the macro makes of stack and logical id may be too long.
pub(crate) fn fitting(properties: &Properties) -> Result<(), Trouble> {
    for (member, name) in [
        ("ApplicationName", &properties.application_name),
        ("DeploymentGroupName", &properties.deployment_group_name),
    ] {
        if name.chars().count() > LENGTH {
            let message =
                format!("{member} is longer than {LENGTH} characters: give it a name of its own ({name})");
            return Err(Trouble::Refused(message));
        }
    }
    Ok(())
}

/// The name of a configuration once another one has that of the template. A configuration never changes, and the
/// template's may.
pub(crate) fn other_name(config: &ConfigProperties) -> String {
    let mut digest = String::new();
    push_hex(&mut digest, &Sha256::digest(config.traffic_routing_config.to_string())[..4]);
    let name: String = config.deployment_config_name.chars().take(LENGTH - digest.len() - 1).collect();
    format!("{name}-{digest}")
}
