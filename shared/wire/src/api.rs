//! The shapes of the CodeDeploy API (2014-10-06), one file per resource, and of Cutover's own operations.
//!
//! Every member of an input is optional here: what is required, and which error tells so, is the service's
//! business. Unknown members are ignored and a null counts as absent, both ways: [`without_nulls`] drops
//! them from what goes out.

/// Declares shapes: plain structs whose members carry the API's names in camel case.
macro_rules! shapes {
    ($($(#[$about:meta])* $name:ident { $($(#[$spelt:meta])* $member:ident: $type:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        #[allow(missing_docs, reason = "members have the API's own names and meanings")]
        pub struct $name { $($(#[$spelt])* pub $member: $type,)* }
    )*};
}

pub mod access;
pub mod agent;
pub mod application;
pub mod config;
pub mod deployment;
pub mod error;
pub mod git_hub;
pub mod group;
pub mod hook;
pub mod instance;
pub mod own;
pub mod revision;
pub mod tag;
pub mod target;
pub mod time;

use serde_json::Value;

/// The value without the members that are null, at any depth.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, v)| !v.is_null());
            Value::Object(kept.map(|(k, v)| (k, without_nulls(v))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
