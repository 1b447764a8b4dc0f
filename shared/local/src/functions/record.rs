//! What the table holds of a function. Layout: pk `ACCOUNT/REGION/LOCAL`, sk `FN#name`; about 100 bytes
//! a version.

use std::collections::BTreeMap;

use cutover_core::alias::AliasState;
use serde::{Deserialize, Serialize};

use super::error::FunctionError;
use super::names::{self, LATEST};
use super::view::{AliasView, FunctionView};

/// A function: its published versions and its aliases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FunctionRecord {
    /// Oldest first; the place is the version's number less one.
    pub(crate) versions: Vec<PublishedVersion>,
    #[serde(default)]
    pub(crate) aliases: BTreeMap<String, AliasRecord>,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PublishedVersion {
    pub(crate) version: String,
    /// The executable's file name in the version's directory.
    pub(crate) file: String,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AliasRecord {
    #[serde(flatten)]
    pub(crate) state: AliasState,
    pub(crate) revision_id: String,
}

impl FunctionRecord {
    pub(crate) fn version(&self, function: &str, version: &str) -> Result<&PublishedVersion, FunctionError> {
        self.exists(function)?;
        self.versions.iter().find(|published| published.version == version).ok_or_else(|| {
            FunctionError::NoVersion { function: function.to_owned(), version: version.to_owned() }
        })
    }

    pub(crate) fn alias(&self, function: &str, alias: &str) -> Result<&AliasRecord, FunctionError> {
        self.exists(function)?;
        self.aliases
            .get(alias)
            .ok_or_else(|| FunctionError::NoAlias { function: function.to_owned(), alias: alias.to_owned() })
    }

    /// A function exists from its first version on.
    fn exists(&self, function: &str) -> Result<(), FunctionError> {
        if self.versions.is_empty() { Err(FunctionError::NoFunction(function.to_owned())) } else { Ok(()) }
    }

    /// The version that a qualifier leads to. `chance` decides where an alias has weights.
    pub(crate) fn route(
        &self,
        function: &str,
        qualifier: Option<&str>,
        chance: u128,
    ) -> Result<&PublishedVersion, FunctionError> {
        match qualifier {
            None | Some(LATEST) => {
                self.versions.last().ok_or_else(|| FunctionError::NoFunction(function.to_owned()))
            }
            Some(version) if names::is_version(version) => self.version(function, version),
            Some(alias) => {
                let state = &self.alias(function, alias)?.state;
                self.version(function, weighted(state, chance))
            }
        }
    }

    /// Lambda's rules for an alias: its versions exist, and at most one other version has a weight.
    pub(crate) fn check(&self, function: &str, alias: &str, state: &AliasState) -> Result<(), FunctionError> {
        let refuse = |why| Err(FunctionError::Weights { alias: alias.to_owned(), why });
        self.version(function, &state.version)?;
        for version in state.weights.keys() {
            self.version(function, version)?;
        }
        if state.weights.len() > 1 {
            return refuse("at most one other version can have a weight");
        }
        if state.weights.contains_key(&state.version) {
            return refuse("the alias's own version cannot have a weight");
        }
        if state.weights.values().any(|weight| *weight > 10_000) {
            return refuse("a weight is at most 100 %");
        }
        Ok(())
    }

    pub(crate) fn view(&self, name: &str) -> FunctionView {
        let aliases = self.aliases.iter().map(|(alias, record)| {
            let weights = record.state.fractions().map(|(version, share)| (version.to_owned(), share));
            let view = AliasView {
                version: record.state.version.clone(),
                weights: weights.collect(),
                revision_id: record.revision_id.clone(),
            };
            (alias.clone(), view)
        });
        FunctionView {
            name: name.to_owned(),
            versions: self.versions.iter().map(|published| published.version.clone()).collect(),
            aliases: aliases.collect(),
        }
    }
}

fn weighted(state: &AliasState, chance: u128) -> &str {
    let mut roll = (chance % 10_000) as u16;
    for (version, weight) in &state.weights {
        if roll < *weight {
            return version;
        }
        roll -= weight;
    }
    &state.version
}
