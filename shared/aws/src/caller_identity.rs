//! A request GetCallerIdentity that one signs and another sends: both sides of it, so that they make the same one.
//!
//! [`sign`] signs with whatever credentials the SDK finds; [`StsIdentities`] makes the request anew from the parts that only
//! the signer could make, and sends it to the STS of its own region.

#[cfg(feature = "caller-identity")]
mod send;
#[cfg(feature = "hosts")]
mod sign;

#[cfg(feature = "caller-identity")]
pub use send::StsIdentities;
#[cfg(feature = "hosts")]
pub use sign::sign;

use crate::caller::Place;

const STS: Place = Place { name: "sts", id: "STS" };
const ASKED: &str = "Action=GetCallerIdentity&Version=2011-06-15";
/// Says what the signature is good for. STS does not look at it, but it is signed.
const BOUND: &str = "x-cutover-enrol";
/// Everything that is sent is signed.
const SIGNED: &str = "content-type;host;x-amz-date;x-amz-security-token;x-cutover-enrol";
