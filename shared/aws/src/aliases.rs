//! Aliases on Lambda.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_ports::aliases::{AliasReading, FunctionAliases};
use cutover_ports::call::CallError;

use crate::error::Fault;
use crate::sdk::Sdk;

/// Reads and sets aliases through Lambda's API. Functions are named by name or ARN.
#[derive(Debug, Clone)]
pub struct LambdaAliases {
    sdk: Sdk,
}

impl LambdaAliases {
    /// Aliases of the configured account and region.
    pub fn new(sdk: Sdk) -> Self {
        Self { sdk }
    }
}

#[async_trait]
impl FunctionAliases for LambdaAliases {
    async fn read(&self, alias: &AliasRef) -> Result<AliasReading, CallError> {
        let request = self.sdk.lambda().await.get_alias().function_name(&alias.function).name(&alias.alias);
        let answer = request.send().await.map_err(|error| failed(Fault::of(&error), alias))?;
        let (Some(version), Some(revision_id)) = (answer.function_version, answer.revision_id) else {
            let message = format!("the answer on alias {alias} lacks version or revision");
            return Err(CallError::Transient { message });
        };
        let routing = answer.routing_config.and_then(|routing| routing.additional_version_weights);
        let weights = routing.unwrap_or_default();
        let weights = weights.iter().map(|(version, weight)| (version.as_str(), *weight));
        Ok(AliasReading { state: AliasState::observed(&version, weights), revision_id })
    }

    /// The weights are always sent: Lambda keeps old ones when none are named and clears them when an
    /// empty map is. A request that was carried out and whose answer was lost ends in
    /// [`CallError::Conflict`]; the reading that follows shows the intended state.
    async fn set(&self, alias: &AliasRef, set: &AliasState, revision_id: &str) -> Result<(), CallError> {
        let request = self
            .sdk
            .lambda()
            .await
            .update_alias()
            .function_name(&alias.function)
            .name(&alias.alias)
            .function_version(&set.version)
            .routing_config(routing(set))
            .revision_id(revision_id);
        request.send().await.map(|_| ()).map_err(|error| failed(Fault::of(&error), alias))
    }

    async fn version_exists(&self, function: &str, version: &str) -> Result<(), CallError> {
        let request = self.sdk.lambda().await.get_function_configuration();
        let answer = request.function_name(function).qualifier(version).send().await;
        let what = || format!("version {version} of function {function}");
        answer.map(|_| ()).map_err(|error| Fault::of(&error).into_call_error(what))
    }
}

fn routing(set: &AliasState) -> AliasRoutingConfiguration {
    let weights: HashMap<String, f64> =
        set.fractions().map(|(version, weight)| (version.to_owned(), weight)).collect();
    AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
}

fn failed(fault: Fault, alias: &AliasRef) -> CallError {
    fault.into_call_error(|| format!("alias {alias}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_weights_are_an_empty_map_and_not_nothing() {
        let sent = |state| routing(&state).additional_version_weights.unwrap();
        assert!(sent(AliasState::whole("1")).is_empty());
        let weights = sent(AliasState::shifted("1", "2", 10));
        assert_eq!(weights, HashMap::from([("2".to_owned(), 0.1)]));
    }
}
