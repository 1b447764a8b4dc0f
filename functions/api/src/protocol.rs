//! Wire protocols: how a request says what it asks for, and how shapes are written.
//!
//! A protocol is a type that is a [`Protocol`], in a file of its own, and a name in the list of those that are
//! spoken. Nothing else knows which there are.

use std::fmt;

use cutover_wire::api::error::ApiError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::ApiResponse;
use crate::json::Json11;
use crate::operations::{self, Operation};

/// What a request says besides its body.
#[derive(Clone, Copy)]
pub struct Head<'r, 'a> {
    /// The path of its URL.
    pub path: &'a str,
    /// The header of a name, which is in lower case.
    pub header: &'r dyn Fn(&str) -> Option<&'a str>,
}

/// The operation that a request names: known or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// `CodeDeploy_20141006`.
    pub(crate) service: &'a str,
    /// `GetDeployment`.
    pub(crate) operation: &'a str,
}

/// A wire protocol.
pub(crate) trait Protocol {
    /// What every answer has for headers, the content type first.
    const HEADERS: &'static [(&'static str, &'static str)];

    /// Whether a request is written in it.
    fn recognises(head: Head<'_, '_>) -> bool;

    /// The operation that a request in it names, if it names one.
    fn target<'a>(head: Head<'_, 'a>) -> Option<Target<'a>>;

    /// Reads a request. An empty body is an input without members.
    fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError>;

    /// Writes an answer, without the members that are absent.
    fn encode<T: Serialize>(answer: &T) -> Result<Vec<u8>, ApiError>;

    /// Writes an error.
    fn error(error: &ApiError) -> Vec<u8>;
}

/// Makes the choice among protocols: one of types and not of objects, since shapes of every kind are read and
/// written.
macro_rules! spoken {
    ($($protocol:ident),+) => {
        /// One of the protocols that are spoken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Spoken {
            $($protocol),+
        }

        impl Spoken {
            fn of(head: Head<'_, '_>) -> Option<Self> {
                $(
                    if $protocol::recognises(head) {
                        return Some(Self::$protocol);
                    }
                )+
                None
            }

            fn headers(self) -> &'static [(&'static str, &'static str)] {
                match self {
                    $(Self::$protocol => $protocol::HEADERS),+
                }
            }

            fn target<'a>(self, head: Head<'_, 'a>) -> Option<Target<'a>> {
                match self {
                    $(Self::$protocol => $protocol::target(head)),+
                }
            }

            pub(crate) fn decode<T: DeserializeOwned>(self, body: &[u8]) -> Result<T, ApiError> {
                match self {
                    $(Self::$protocol => $protocol::decode(body)),+
                }
            }

            pub(crate) fn encode<T: Serialize>(self, answer: &T) -> Result<Vec<u8>, ApiError> {
                match self {
                    $(Self::$protocol => $protocol::encode(answer)),+
                }
            }

            fn error(self, error: &ApiError) -> Vec<u8> {
                match self {
                    $(Self::$protocol => $protocol::error(error)),+
                }
            }
        }
    };
}

// In the order in which a request is shown to them; the last one takes what no other recognises.
spoken!(Json11);

/// What a request asks for, and how it is written.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub(crate) protocol: Spoken,
    pub(crate) target: Option<Target<'a>>,
    pub(crate) operation: Option<&'static Operation>,
}

impl<'a> Asked<'a> {
    /// Of a request.
    pub fn of(head: Head<'_, 'a>) -> Self {
        let protocol = Spoken::of(head).unwrap_or(Spoken::Json11);
        let target = protocol.target(head);
        Self { protocol, target, operation: target.and_then(operations::find) }
    }

    /// Of a request in AWS JSON 1.1 with this header X-Amz-Target.
    pub fn json(target: Option<&'a str>) -> Self {
        Self::of(Head { path: "/", header: &|name| target.filter(|_| name == "x-amz-target") })
    }

    /// The operation's name if the API has it: for logs and counters, into which no words of a caller go.
    pub fn name(&self) -> Option<&'static str> {
        self.operation.map(|operation| operation.name)
    }

    /// What it names in this service, whether the API has it or not.
    pub fn named_in(&self, service: &str) -> Option<&'a str> {
        self.target.filter(|target| target.service == service).map(|target| target.operation)
    }

    /// An answer.
    pub fn answered(&self, answer: &impl Serialize) -> Result<ApiResponse, ApiError> {
        Ok(self.encoded(self.protocol.encode(answer)?))
    }

    /// An answer of which the body is there.
    pub(crate) fn encoded(&self, body: Vec<u8>) -> ApiResponse {
        ApiResponse { status: 200, headers: self.protocol.headers(), error_type: None, body }
    }

    /// A refusal.
    pub fn refused(&self, error: &ApiError) -> ApiResponse {
        let (headers, body) = (self.protocol.headers(), self.protocol.error(error));
        ApiResponse { status: error.status, headers, error_type: Some(error.code), body }
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            Some(Target { service, operation }) => write!(f, "{service}.{operation}"),
            None => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names its operation as RPC v2 does.
    struct ByPath;

    impl Protocol for ByPath {
        const HEADERS: &'static [(&'static str, &'static str)] = &[];

        fn recognises(head: Head<'_, '_>) -> bool {
            (head.header)("smithy-protocol").is_some()
        }

        fn target<'a>(head: Head<'_, 'a>) -> Option<Target<'a>> {
            let (service, operation) = head.path.strip_prefix("/service/")?.split_once("/operation/")?;
            Some(Target { service, operation })
        }

        fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
            Json11::decode(body)
        }

        fn encode<T: Serialize>(answer: &T) -> Result<Vec<u8>, ApiError> {
            Json11::encode(answer)
        }

        fn error(_: &ApiError) -> Vec<u8> {
            Vec::new()
        }
    }

    #[allow(dead_code, reason = "of the choice only which is made")]
    mod both {
        use super::*;
        spoken!(ByPath, Json11);

        pub(super) fn target<'a>(head: Head<'_, 'a>) -> Option<Target<'a>> {
            Spoken::of(head).and_then(|spoken| spoken.target(head))
        }
    }

    #[test]
    fn the_first_protocol_that_recognises_a_request_reads_it() {
        let rpc = ("smithy-protocol", "rpc-v2-cbor");
        let json = ("x-amz-target", "CodeDeploy_20141006.ListDeployments");
        for (path, given, operation) in [
            ("/service/CodeDeploy_20141006/operation/GetDeployment", &[rpc][..], Some("GetDeployment")),
            ("/service/CodeDeploy_20141006/operation/GetDeployment", &[rpc, json], Some("GetDeployment")),
            ("/service/CodeDeploy_20141006/operation/GetDeployment", &[json], Some("ListDeployments")),
            ("/", &[json], Some("ListDeployments")),
            ("/", &[rpc, json], None),
            ("/", &[], None),
        ] {
            let header = |name: &str| given.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
            let target = both::target(Head { path, header: &header });
            let expected = operation.map(|operation| Target { service: operations::CODEDEPLOY, operation });
            assert_eq!(target, expected, "{path} {given:?}");
        }
    }
}
