//! The desk: one request in, one answer out.

use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_ports::call::CallError;
use cutover_ports::host_access::HostAccess;
use cutover_service::audit::Deed;
use cutover_service::enrolment::Admission;
use cutover_service::error::ServiceError;
use cutover_service::rules::{Ruled, Valid};
use cutover_service::service::{Caller, Service};
use cutover_store::audit::Outcome;
use cutover_wire::api::agent::{
    AcceptOrderInput, EnrollHostOutput, GetOrderKeysOutput, OrderKey, RefreshHostCredentialsOutput,
    RotateHostKeyInput, RotateHostKeyOutput,
};
use cutover_wire::api::error::ApiError;
use cutover_wire::api::from_object;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ACCEPT: &str = "AcceptOrder";
const BUNDLE: &str = "GetBundleAddress";
const ENROLL: &str = "EnrollHost";
const ENROLL_INSTANCE: &str = "EnrollInstance";
const KEYS: &str = "GetOrderKeys";
const REFRESH: &str = "RefreshHostCredentials";
const ROTATE: &str = "RotateHostKey";

/// What is told of the key that orders are signed with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ToldKey {
    /// Its public half.
    #[serde(flatten)]
    pub key: OrderKey,
    /// How it came to be that, oldest first.
    pub announcements: Vec<String>,
}

/// Knows which key orders are signed with.
#[async_trait]
pub trait OrderKeys: Send + Sync {
    /// As it is now.
    ///
    /// # Errors
    /// When it is not to be had.
    async fn told(&self) -> Result<ToldKey, CallError>;
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The operation.
    pub operation: &'a str,
    /// JSON for EnrollHost and EnrollInstance, else a signed [request](cutover_wire::agent::request::Request).
    pub body: &'a [u8],
    /// The host and port that were asked.
    pub at: &'a str,
    /// Names the request.
    pub request_id: &'a str,
    /// The address that it came from, where it is known.
    pub source: Option<&'a str>,
}

/// Answers hosts.
pub struct Desk {
    service: Service,
    access: Arc<dyn HostAccess>,
    keys: Arc<dyn OrderKeys>,
    home: Scope,
}

impl Desk {
    /// Over this service, for hosts of that account and region.
    pub fn new(service: Service, access: Arc<dyn HostAccess>, keys: Arc<dyn OrderKeys>, home: Scope) -> Self {
        Self { service, access, keys, home }
    }

    /// The operation's name in the program; nothing when it is not one of these.
    pub fn name(operation: &str) -> Option<&'static str> {
        [ACCEPT, BUNDLE, ENROLL, ENROLL_INSTANCE, KEYS, REFRESH, ROTATE]
            .into_iter()
            .find(|known| *known == operation)
    }

    /// Answers a request.
    ///
    /// # Errors
    /// A refusal, or a failure that may pass.
    pub async fn answer(&self, asked: Asked<'_>) -> Result<Value, ApiError> {
        match Self::name(asked.operation) {
            None => Err(ApiError::refused("UnknownOperationException", "Hosts do not ask for this here.")),
            Some(operation @ (ENROLL | ENROLL_INSTANCE)) => self.enroll(operation, asked).await,
            Some(operation) => self.signed(operation, asked).await,
        }
    }

    /// What a host asks with its signature.
    async fn signed(&self, operation: &'static str, asked: Asked<'_>) -> Result<Value, ApiError> {
        let text = std::str::from_utf8(asked.body).unwrap_or_default().trim();
        let (caller, request) = self.service.asked_by_host(&self.home, text).await.map_err(told)?;
        if request.operation != operation {
            let message = format!("The request that is signed is for {}.", request.operation);
            return Err(ApiError::refused("AccessDeniedException", message));
        }
        match operation {
            ACCEPT => {
                let input: Valid<AcceptOrderInput> = valid(request.input.to_string().as_bytes())?;
                Ok(json!(self.service.accept_order(&caller, input).await.map_err(told)?))
            }
            BUNDLE => {
                let input: Valid<AcceptOrderInput> = valid(request.input.to_string().as_bytes())?;
                Ok(json!(self.service.get_bundle_address(&caller, input).await.map_err(told)?))
            }
            KEYS => {
                let ToldKey { announcements, .. } = self.keys.told().await.map_err(failed)?;
                Ok(json!(GetOrderKeysOutput { announcements }))
            }
            ROTATE => {
                let input: Valid<RotateHostKeyInput> = valid(request.input.to_string().as_bytes())?;
                let rotate = async {
                    self.service.rotate_host_key(&caller, &input, None).await.map_err(told)?;
                    Ok(RotateHostKeyOutput { instance_name: request.host.clone(), ..Default::default() })
                };
                Ok(json!(self.recorded(&caller, (operation, &request.host), asked, rotate).await?))
            }
            _ => {
                let lent = self.access.lend(&self.home, &request.host).await.map_err(failed)?;
                Ok(json!(RefreshHostCredentialsOutput {
                    access_key_id: lent.id,
                    secret_access_key: lent.secret,
                    session_token: lent.token,
                    expires_at: Some(lent.expires_at.into()),
                }))
            }
        }
    }

    /// EnrollHost, EnrollInstance. Who proves nothing is told so and leaves no record: there is nobody to record.
    async fn enroll(&self, operation: &'static str, asked: Asked<'_>) -> Result<Value, ApiError> {
        let admission = match operation {
            ENROLL => self.service.admit(&self.home, valid(asked.body)?).await,
            _ => self.service.admit_instance(&self.home, asked.at, valid(asked.body)?).await,
        };
        let admission = admission.map_err(told)?;
        let (scope, host) = (admission.scope(), admission.host());
        if *scope != self.home {
            let message = format!(
                "The token is for {}, and these are the queues of {}.",
                scope.region, self.home.region
            );
            return Err(ApiError::refused("InvalidEnrollmentTokenException", message));
        }
        let caller = Caller { scope: scope.clone(), principal: Some(admission.principal()) };
        let let_in = self.let_in(&admission);
        Ok(json!(self.recorded(&caller, (operation, host), asked, let_in).await?))
    }

    /// Does what changes something about a host, between the two halves of its audit record.
    async fn recorded<T>(
        &self,
        caller: &Caller,
        (operation, host): (&'static str, &str),
        Asked { request_id, source, .. }: Asked<'_>,
        doing: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        let resource = format!("instance {host}");
        let deed = Deed { operation, resource: Some(&resource), request_id, source };
        let record = self.service.audit_begin(caller, deed).await.map_err(told)?;
        let done = doing.await;
        let outcome = match &done {
            Ok(_) => Outcome::Succeeded(None),
            Err(error) if error.status < 500 => Outcome::Refused(error.code.to_owned()),
            Err(error) => Outcome::Failed(error.code.to_owned()),
        };
        // The deed is done, whatever becomes of its record; that it was begun stands there already.
        if let Err(error) = self.service.audit_end(caller, record, outcome).await {
            tracing::warn!(request = request_id, %error, "the outcome is not in the audit record");
        }
        done
    }

    /// The token is used up last, so that whatever fails before can be tried again with it.
    async fn let_in(&self, admission: &Admission) -> Result<EnrollHostOutput, ApiError> {
        let (scope, host) = (admission.scope(), admission.host());
        let order_keys = vec![self.keys.told().await.map_err(failed)?.key];
        let queues = self.access.open(scope, host).await.map_err(failed)?;
        self.service.enroll(admission, None).await.map_err(told)?;
        Ok(EnrollHostOutput {
            instance_name: host.to_owned(),
            account: scope.account.clone(),
            region: scope.region.clone(),
            queue_url: queues.orders,
            report_queue_url: queues.reports,
            access_key_id: None,
            secret_access_key: None,
            order_keys,
            signed_requests: Some(true),
        })
    }
}

/// The request in its shape, by whose rules all members are.
fn valid<T: DeserializeOwned + Ruled>(body: &[u8]) -> Result<Valid<T>, ApiError> {
    Valid::of(from_object(body).map_err(|error| ApiError::unreadable(error.to_string()))?)
}

/// The error for the host; what the service itself got wrong goes to the log in full.
fn told(error: ServiceError) -> ApiError {
    if !matches!(error, ServiceError::Refused(_)) {
        tracing::error!(%error, "a request of a host failed");
    }
    error.into_api()
}

fn failed(error: CallError) -> ApiError {
    tracing::error!(%error, "a request of a host failed");
    match error {
        CallError::Transient { message } => {
            ApiError::unavailable(format!("Try again in a moment: {message}"))
        }
        _ => ApiError::internal("The request failed inside the service; its log says why."),
    }
}
