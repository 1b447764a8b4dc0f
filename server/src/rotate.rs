//! RotateHostKey, under Cutover's own target prefix: a host gives itself other keys while it works.
//!
//! The new access key is issued first, then the host's item names it; what no item names is refused and revoked, so
//! that a crash at any point leaves the host with keys that count.

use api::{ApiRequest, ApiResponse};
use cutover_core::access::Access;
use cutover_service::rules::Valid;
use cutover_wire::api::agent::{RotateHostKeyInput, RotateHostKeyOutput};
use cutover_wire::api::error::ApiError;
use serde_json::{Value, json};

use crate::enrol::told;
use crate::http::Front;
use crate::key_operations;

/// The operation.
pub(crate) const ROTATE: &str = "RotateHostKey";

impl Front {
    /// RotateHostKey.
    pub(crate) async fn rotate_host_key(&self, request: &ApiRequest<'_>) -> ApiResponse {
        self.api.govern(request, ROTATE, Access::Report, self.rotated(request)).await
    }

    async fn rotated(&self, request: &ApiRequest<'_>) -> Result<Value, ApiError> {
        let input: Valid<RotateHostKeyInput> = Valid::of(key_operations::read(request.body)?)?;
        let (caller, hosts) = (&request.caller, &self.hosts);
        let (name, by) = (input.instance_name.clone().unwrap_or_default(), caller.principal.as_deref());
        let _turn = hosts.turn.lock().await;
        let credentials = match input.confirm {
            Some(true) => None,
            // Who may not have one is refused below, and then nobody has it.
            _ => self.issue(&name, by.unwrap_or_default()).await?,
        };
        let id = credentials.as_ref().map(|made| made.id.as_str());
        let rotated = hosts.service.rotate_host_key(caller, &input, id).await.map_err(told);
        hosts.end_old_keys(&self.auth, &caller.scope, &name, by).await;
        rotated?;
        Ok(json!(RotateHostKeyOutput {
            instance_name: name,
            access_key_id: id.map(str::to_owned),
            secret_access_key: credentials.map(|made| made.secret),
        }))
    }
}
