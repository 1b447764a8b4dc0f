//! Identifiers, spelt as the API spells them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hex::push_hex;

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; callers at the edge validate first.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id!(
    /// `d-` and nine upper-case letters or digits (behaviour: wire protocol, ids).
    DeploymentId
);
string_id!(
    /// A lower-case UUID.
    ApplicationId
);
string_id!(
    /// A lower-case UUID.
    GroupId
);

/// The account and region a thing lives in. Every stored key, message and page token starts with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// Twelve digits.
    pub account: String,
    /// As AWS spells it: `us-east-1`.
    pub region: String,
}

impl Scope {
    /// The partition that its region belongs to: the second part of every ARN.
    pub fn partition(&self) -> &'static str {
        match self.region.as_str() {
            r if r.starts_with("cn-") => "aws-cn",
            r if r.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// A scope of this account and region.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: account.into(), region: region.into() }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// One shard of a deployment's fleet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShardId {
    /// Where the deployment lives.
    pub scope: Scope,
    /// The deployment.
    pub deployment: DeploymentId,
    /// Which of its shards, from 0.
    pub shard: u16,
}

impl ShardId {
    /// The deployment's first shard.
    pub fn first(scope: &Scope, deployment: &DeploymentId) -> Self {
        Self { scope: scope.clone(), deployment: deployment.clone(), shard: 0 }
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} shard {}", self.deployment, self.shard)
    }
}

const ID_LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

impl DeploymentId {
    /// The identifier that these random bits name. 46 bits are used: collisions are caught when the
    /// deployment is stored ("absent" condition), not assumed away.
    pub fn from_bits(mut bits: u64) -> Self {
        let mut text = String::with_capacity(11);
        text.push_str("d-");
        for _ in 0..9 {
            text.push(ID_LETTERS[(bits % 36) as usize] as char);
            bits /= 36;
        }
        Self(text)
    }

    /// Whether the text has the shape of a deployment id.
    pub fn is_well_formed(text: &str) -> bool {
        text.strip_prefix("d-")
            .is_some_and(|rest| rest.len() == 9 && rest.bytes().all(|b| ID_LETTERS.contains(&b)))
    }
}

/// A random (version 4) UUID made of these bits, lower-case.
pub fn uuid_from_bits(bits: u128) -> String {
    let b = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let bytes = b.to_be_bytes();
    let mut text = String::with_capacity(36);
    for (at, part) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
        if at > 0 {
            text.push('-');
        }
        push_hex(&mut text, &bytes[part]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deployment_ids_have_the_api_shape() {
        for bits in [0, 1, 36, u64::MAX, 0x1234_5678_9abc] {
            let id = DeploymentId::from_bits(bits);
            assert!(DeploymentId::is_well_formed(id.as_str()), "{id}");
        }
        for bad in ["", "d-", "d-abcdefghi", "d-ABCDEFGH", "d-ABCDEFGHIJ", "x-ABCDEFGHI"] {
            assert!(!DeploymentId::is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn uuids_carry_version_and_variant() {
        let text = uuid_from_bits(u128::MAX);
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
