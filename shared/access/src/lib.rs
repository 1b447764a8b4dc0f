//! Access keys: Signature Version 4 made and checked, secrets made, calls counted.
//!
//! It knows neither HTTP servers nor the store: who calls hands over headers, bytes, the time and the secret.
//! Deliberately absent: signatures in the query (presigned URLs) and temporary credentials, which no client of
//! the API needs.

pub mod claim;
pub mod credentials;
pub mod error;
pub mod pace;
pub mod sign;
