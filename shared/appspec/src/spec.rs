//! The kinds of AppSpec.

use crate::{ecs::EcsSpec, lambda::LambdaSpec, server::ServerSpec};
use serde::Serialize;
use std::fmt;

/// The compute platform that an AppSpec is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Platform {
    /// EC2 and on-premises hosts.
    Server,
    /// Lambda functions.
    Lambda,
    /// ECS services.
    #[serde(rename = "ECS")]
    Ecs,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "Server",
            Self::Lambda => "Lambda",
            Self::Ecs => "ECS",
        })
    }
}

/// An AppSpec in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum AppSpec {
    /// Files and scripts for hosts.
    Server(ServerSpec),
    /// A Lambda alias and the version it moves to.
    Lambda(LambdaSpec),
    /// An ECS service and the task definition it moves to.
    Ecs(EcsSpec),
}

impl AppSpec {
    /// The platform of this AppSpec.
    pub fn platform(&self) -> Platform {
        match self {
            Self::Server(_) => Platform::Server,
            Self::Lambda(_) => Platform::Lambda,
            Self::Ecs(_) => Platform::Ecs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_named_as_on_the_wire() {
        for (platform, name) in
            [(Platform::Server, "Server"), (Platform::Lambda, "Lambda"), (Platform::Ecs, "ECS")]
        {
            assert_eq!(platform.to_string(), name);
            assert_eq!(serde_json::to_value(platform).unwrap(), name);
        }
    }
}
