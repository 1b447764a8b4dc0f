//! EnrollHost, under Cutover's own target prefix: for hosts that have nothing yet but a token, so that nobody signs it; and
//! EnrollInstance, where AWS says who it is.
//!
//! The order survives a crash at any point: the access key is issued first; then one transaction uses the token
//! up and gives the host this key; then its older keys are revoked. A key that no host has is refused.

use api::{ApiRequest, ApiResponse, Caller, Permit};
use axum::body::Body;
use axum::http::HeaderMap;
use cutover_access::credentials::Credentials;
use cutover_core::access::{Access, Role};
use cutover_ports::clock::Clock;
use cutover_ports::system::SystemClock;
use cutover_service::enrolment::Admission;
use cutover_service::error::ServiceError;
use cutover_service::rules::Valid;
use cutover_wire::api::agent::{EnrollHostInput, EnrollHostOutput, EnrollInstanceInput, OrderKey};
use cutover_wire::api::error::ApiError;
use serde_json::{Value, json};

use crate::auth::{Auth, host_key};
use crate::http::{Front, Passage};
use crate::{key_operations, sqs};

/// The operations that a host enrols with: by a token, and as an EC2 instance.
const ENROLL: &str = "EnrollHost";
const ENROLL_INSTANCE: &str = "EnrollInstance";

/// The operation's name in the program; nothing when it is another one.
pub(crate) fn name(name: &str) -> Option<&'static str> {
    [ENROLL, ENROLL_INSTANCE].into_iter().find(|known| *known == name)
}

impl Front {
    /// EnrollHost, EnrollInstance. Who proves nothing is told so and leaves no record: there is nobody to record.
    pub(crate) async fn enroll(
        &self,
        operation: &'static str,
        passage: &mut Passage<'_>,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<ApiResponse, ApiError> {
        self.auth.addressed(headers)?;
        if !self.hosts.enrolments.take(passage.source, SystemClock.now()) {
            return Err(ApiError::refused("ThrottlingException", "Rate exceeded"));
        }
        let body = self.body(body).await?;
        let service = &self.hosts.service;
        let (admission, _turn) = match operation {
            ENROLL => {
                let input: EnrollHostInput = key_operations::read(&body)?;
                let input = Valid::of(input)?;
                let turn = self.hosts.turn.lock().await;
                (service.admit(&self.scope, input).await, turn)
            }
            _ => {
                let input: EnrollInstanceInput = key_operations::read(&body)?;
                let at = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
                // Nobody else waits until AWS has answered.
                let admission = service.admit_instance(&self.scope, at, Valid::of(input)?).await;
                (admission, self.hosts.turn.lock().await)
            }
        };
        let admission = admission.map_err(told)?;
        let (scope, principal) = (admission.scope().clone(), admission.principal());
        passage.told.principal = Some(principal.clone());
        let request = ApiRequest {
            asked: passage.asked,
            body: &body,
            request_id: passage.id,
            caller: Caller { scope, principal: Some(principal.clone()) },
            permit: Permit::Role(Role::Agent, None),
            source: Some(passage.source),
        };
        let base = sqs::base(headers);
        let let_in = self.let_in(&admission, &principal, &base);
        Ok(self.api.govern(&request, operation, Access::Report, let_in).await)
    }

    async fn let_in(&self, admission: &Admission, principal: &str, base: &str) -> Result<Value, ApiError> {
        let (scope, name) = (admission.scope(), admission.host());
        let credentials = self.issue(name, principal).await?;
        let id = credentials.as_ref().map(|made| made.id.as_str());
        let enrolled = self.hosts.service.enroll(admission, id).await.map_err(told);
        // Also when it came to nothing: then the new key is one that no host has.
        self.hosts.end_old_keys(&self.auth, scope, name, Some(principal)).await;
        enrolled?;
        let keys = self.hosts.order_keys.current().get();
        let signer = keys.signer();
        Ok(json!(EnrollHostOutput {
            instance_name: name.to_owned(),
            account: scope.account.clone(),
            region: scope.region.clone(),
            queue_url: sqs::url_of_host(base, &scope.account, name),
            report_queue_url: sqs::url_of_reports(base, &scope.account),
            access_key_id: id.map(str::to_owned),
            secret_access_key: credentials.map(|made| made.secret),
            order_keys: vec![OrderKey { key_id: signer.id().to_owned(), public_key: signer.public() }],
            signed_requests: None,
        }))
    }

    /// A new access key for the host, where keys are checked.
    pub(crate) async fn issue(&self, host: &str, by: &str) -> Result<Option<Credentials>, ApiError> {
        let Auth::Keys(ring, _) = &self.auth else { return Ok(None) };
        let made = ring.create(&host_key(host), Role::Agent, None, Some(by)).await;
        made.map(|(_, credentials)| Some(credentials)).map_err(key_operations::failed)
    }
}

/// The error for the caller; what the service itself got wrong goes to the log in full.
pub(crate) fn told(error: ServiceError) -> ApiError {
    if !matches!(error, ServiceError::Refused(_)) {
        tracing::error!(%error, "enrolment failed");
    }
    error.into_api()
}
