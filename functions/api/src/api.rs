//! The front door: one request in, one response out, never an error.

use std::future::Future;
use std::sync::Arc;

use cutover_core::access::Access;
use cutover_service::error::ServiceError;
use cutover_service::rules::{Ruled, Valid};
use cutover_service::service::{Caller, Service};
use cutover_wire::api::error::ApiError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::protocol::{Asked, Spoken};
use crate::{audited, operations};

pub use cutover_core::access::Permit;

/// The CodeDeploy API and Cutover's own operations. Share it by `Arc`.
pub struct Api {
    service: Arc<Service>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct ApiRequest<'a> {
    /// What it asks for.
    pub asked: Asked<'a>,
    /// The body.
    pub body: &'a [u8],
    /// Names the request in the log; also the response's header x-amzn-RequestId.
    pub request_id: &'a str,
    /// Who calls, and where.
    pub caller: Caller,
    /// What the caller may do.
    pub permit: Permit,
    /// The address that the request came from, where it is known.
    pub source: Option<&'a str>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// Headers that are the protocol's, their names in lower case.
    pub headers: &'static [(&'static str, &'static str)],
    /// The header x-amzn-ErrorType, on errors.
    pub error_type: Option<&'static str>,
    /// The body, in the protocol of the request.
    pub body: Vec<u8>,
}

/// One call of an operation.
pub(crate) struct Call<'a> {
    pub(crate) service: &'a Service,
    pub(crate) caller: &'a Caller,
    protocol: Spoken,
    body: &'a [u8],
}

/// What an operation answers: an encoded body.
pub(crate) type Answered = Result<Vec<u8>, ServiceError>;

impl Call<'_> {
    /// The request in the operation's shape, by whose rules all members are.
    pub(crate) fn input<T: DeserializeOwned + Ruled>(&self) -> Result<Valid<T>, ServiceError> {
        Ok(Valid::of(self.read()?)?)
    }

    /// The request as two shapes that share it: both can be read before either is checked.
    pub(crate) fn inputs<T, U>(&self) -> Result<(Valid<T>, Valid<U>), ServiceError>
    where
        T: DeserializeOwned + Ruled,
        U: DeserializeOwned + Ruled,
    {
        let (one, other) = (self.read()?, self.read()?);
        Ok((Valid::of(one)?, Valid::of(other)?))
    }

    /// The request in any shape, unchecked.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ServiceError> {
        Ok(self.protocol.decode(self.body)?)
    }

    /// The response of the operation's answer; `()` is an empty object.
    pub(crate) fn answer<T: Serialize>(&self, answer: T) -> Answered {
        Ok(self.protocol.encode(&answer)?)
    }

    /// An answer in any shape, as it was encoded.
    pub(crate) fn reread<T: DeserializeOwned>(&self, answer: &[u8]) -> Option<T> {
        self.protocol.decode(answer).ok()
    }

    /// The response of an operation without output.
    pub(crate) fn done(&self, (): ()) -> Answered {
        self.answer(serde_json::Map::new())
    }
}

impl Api {
    /// Over this service.
    pub fn new(service: Arc<Service>) -> Self {
        Self { service }
    }

    /// Answers a request.
    pub async fn handle(&self, request: ApiRequest<'_>) -> ApiResponse {
        let call = self.call(&request);
        match request.asked.operation {
            Some(found) => {
                let handler = found.handler;
                let perform = async { handler(self.call(&request)).await };
                let answered = audited::governed(&call, &request, (found.name, found.access), perform).await;
                written(&request, answered)
            }
            None => written(&request, Err(operations::unknown(request.asked.target).into())),
        }
    }

    /// Answers a request for an operation that its caller performs, under the same rules as all others: only
    /// for those who may, and with a record if it is to change something.
    pub async fn govern(
        &self,
        request: &ApiRequest<'_>,
        operation: &str,
        demand: Access,
        perform: impl Future<Output = Result<Value, ApiError>>,
    ) -> ApiResponse {
        let call = self.call(request);
        let perform = async { call.answer(perform.await?) };
        let answered = audited::governed(&call, request, (operation, demand), perform).await;
        written(request, answered)
    }

    fn call<'a>(&'a self, request: &'a ApiRequest<'_>) -> Call<'a> {
        let ApiRequest { asked, caller, body, .. } = request;
        Call { service: &self.service, caller, protocol: asked.protocol, body }
    }
}

fn written(request: &ApiRequest<'_>, answered: Answered) -> ApiResponse {
    match answered.map_err(|error| told(request, error)) {
        Ok(body) => request.asked.encoded(body),
        Err(error) => {
            tracing::debug!(request = request.request_id, target = %request.asked, %error, "refused");
            request.asked.refused(&error)
        }
    }
}

/// The error for the caller; what the service itself got wrong goes to the log in full.
fn told(request: &ApiRequest<'_>, error: ServiceError) -> ApiError {
    let reason = error.to_string();
    let told = error.into_api();
    if told.status >= 500 {
        tracing::error!(request = request.request_id, target = %request.asked, reason, "request failed");
    }
    told
}
