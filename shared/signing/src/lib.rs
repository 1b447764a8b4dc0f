//! Signatures on what the service and the agents of hosts say to each other. Pure: random bytes come in as an
//! argument, files are others' business.
//!
//! [`jws`] writes and reads compact JWS with one algorithm, Ed25519; [`keys`] has the keys that sign and the sets
//! that check; [`handover`] is how the key that orders are signed with gives way to another.

pub mod handover;
pub mod jws;
pub mod keys;
