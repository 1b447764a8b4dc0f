//! The CodeDeploy API over AWS JSON 1.1, and Cutover's own operations beside it.
//!
//! ```text
//! request ─► Api::handle ─► operations::find ─► authority ─► shape by its rules ─► cutover_service
//! ```
//! It knows neither HTTP nor Lambda: who calls hands over target, body and caller, and gets status and body.
//! Deliberately absent: rules of the resources, which are the service's; checks of signatures, which are its
//! callers': they hand over who calls and what that caller may do.

mod api;
mod audited;
mod authority;
mod codec;
mod nulls;
mod operations;
mod place;

pub use api::{Api, ApiRequest, ApiResponse, Permit};
pub use cutover_service::service::{Caller, Service, Settings};
pub use operations::name;
