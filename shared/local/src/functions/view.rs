//! What callers see of functions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionView {
    /// Its name.
    pub name: String,
    /// Its versions, oldest first.
    pub versions: Vec<String>,
    /// Its aliases.
    pub aliases: BTreeMap<String, AliasView>,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasView {
    /// The version that gets what the weights leave.
    pub version: String,
    /// Fractions of the traffic that go to other versions.
    pub weights: BTreeMap<String, f64>,
    /// Changes with every write.
    pub revision_id: String,
}

/// How an invocation went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    /// The version that ran.
    pub version: String,
    /// What it wrote on stdout.
    pub payload: String,
    /// Why it failed, with the end of its stderr.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
