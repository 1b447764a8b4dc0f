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
        #[serde(rename_all = "camelCase", default, remote = "Self")]
        #[allow(missing_docs, reason = "members have the API's own names and meanings")]
        pub struct $name { $($(#[$spelt])* pub $member: $type,)* }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::api::object::Object(deserializer))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }
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
mod object;
pub mod own;
pub mod revision;
pub mod tag;
pub mod target;
pub mod time;
pub mod trigger;
pub mod webhook;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a structure of any kind from the JSON text of an object: one that is no [shape](self) would also be read
/// from a list of its members.
pub fn from_object<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = T::deserialize(object::Object(&mut reader))?;
    reader.end()?;
    Ok(read)
}

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
