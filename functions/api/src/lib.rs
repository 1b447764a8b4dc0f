//! The CodeDeploy API in the wire protocols of AWS, and Cutover's own operations beside it.
//!
//! ```text
//! request ─► Asked (protocol, operation) ─► Api::handle ─► authority ─► shape by its rules ─► cutover_service
//! ```
//! It knows neither HTTP nor Lambda: who calls hands over path, headers, body and caller, and gets status and body.
//! Deliberately absent: rules of the resources, which are the service's; checks of signatures, which are its
//! callers': they hand over who calls and what that caller may do.

mod api;
mod audited;
mod authority;
mod json;
mod leaver;
mod nulls;
mod operations;
mod place;
mod protocol;

pub use api::{Api, ApiRequest, ApiResponse, Permit};
pub use cutover_service::service::{Caller, Service, Settings};
pub use leaver::leaver;
pub use operations::{CODEDEPLOY, OWN};
pub use protocol::{Asked, Head};
