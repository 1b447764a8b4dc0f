//! The queues that hosts use, in the JSON protocol of Amazon SQS: as much of it as a host needs. A host polls its
//! own queue and sends to the one of reports; nobody else has any business here.
//!
//! | action | on the host's own queue | on `fleet-report` |
//! |---|---|---|
//! | ReceiveMessage, DeleteMessage, ChangeMessageVisibility | yes | refused |
//! | SendMessage | refused | yes, if the host's key signed it |
//! | GetQueueUrl | yes | yes |

mod error;
mod messages;
mod place;
mod reports;
mod shapes;

use std::time::{Duration, Instant};

use api::ApiResponse;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response};
use cutover_access::claim::QUEUES;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::from_object;
use serde::Serialize;
use serde_json::json;

use crate::auth::Known;
use crate::http::Front;
use crate::observe::CallerGone;

use place::Place;
pub(crate) use place::{base, url_of_host, url_of_reports};

/// The actions, by their names behind `AmazonSQS.`.
const ACTIONS: [&str; 5] =
    ["ChangeMessageVisibility", "DeleteMessage", "GetQueueUrl", "ReceiveMessage", "SendMessage"];

/// What every answer of the queues has for headers.
const HEADERS: &[(&str, &str)] = &[("content-type", "application/x-amz-json-1.0")];

/// Whether a request with this target is for the queues.
pub(crate) fn is_meant(target: Option<&str>) -> bool {
    target.is_some_and(|target| target.starts_with(QUEUES.1))
}

/// The action's name in the program; nothing when it is not one of these.
pub(crate) fn name(target: Option<&str>) -> Option<&'static str> {
    let name = target?.strip_prefix(QUEUES.1)?;
    ACTIONS.into_iter().find(|known| *known == name)
}

/// One call of an action.
struct Call<'a> {
    front: &'a Front,
    known: &'a Known,
    body: &'a [u8],
    /// The service as the caller addressed it.
    base: String,
    gone: CallerGone,
}

impl Front {
    /// Answers a request for the queues; also how long it rested because there was nothing to tell.
    pub(crate) async fn queues(
        &self,
        (target, headers): (Option<&str>, &HeaderMap),
        known: &Known,
        body: &[u8],
        gone: CallerGone,
    ) -> (ApiResponse, Duration) {
        let call = Call { front: self, known, body, base: base(headers), gone };
        let began = Instant::now();
        let mut rested = Duration::ZERO;
        let answered = match name(target) {
            Some("ReceiveMessage") => {
                let answered = messages::receive(&call).await;
                rested = began.elapsed();
                answered
            }
            Some("DeleteMessage") => messages::delete(&call).await,
            Some("ChangeMessageVisibility") => messages::change_visibility(&call).await,
            Some("SendMessage") => reports::send(&call).await,
            Some("GetQueueUrl") => place::url(&call).await,
            _ => Err(error::unsupported()),
        };
        (answered.unwrap_or_else(|error| refused(&error)), rested)
    }
}

/// The answer as SQS writes it: with the names that errors had in its older protocol, which clients go by.
pub(crate) fn dressed(mut response: Response<Body>, code: Option<&str>) -> Response<Body> {
    let fault = if response.status().is_server_error() { "Receiver" } else { "Sender" };
    let headers = response.headers_mut();
    if let Some(code) = code {
        let older = format!("{};{fault}", error::older_name(code));
        headers.extend(HeaderValue::from_str(&older).map(|v| (error::OLDER_NAME, v)));
    }
    response
}

/// A refusal as SQS writes it.
pub(crate) fn refused(error: &ApiError) -> ApiResponse {
    let kind = format!("com.amazonaws.sqs#{}", error.code);
    let body = json!({ "__type": kind, "message": error.message }).to_string();
    ApiResponse {
        status: error.status,
        headers: HEADERS,
        error_type: Some(error.code),
        body: body.into_bytes(),
    }
}

type Answered = Result<ApiResponse, ApiError>;

fn answer(shape: &impl Serialize) -> Answered {
    let body = serde_json::to_vec(shape).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(ApiResponse { status: 200, headers: HEADERS, error_type: None, body })
}

impl Call<'_> {
    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, ApiError> {
        from_object(self.body).map_err(|error| ApiError::unreadable(error.to_string()))
    }

    /// The queue that the request names, if its caller has any business with it.
    async fn place(&self, url: Option<&str>) -> Result<Place, ApiError> {
        let place = Place::of_url(url, &self.known.caller.scope.account)?;
        self.admit(&place).await?;
        Ok(place)
    }

    /// The host whose own queue the request names.
    async fn own_queue(&self, url: Option<&str>) -> Result<String, ApiError> {
        match self.place(url).await? {
            Place::Host(host) => Ok(host),
            Place::Reports => Err(error::denied("Hosts only send to this queue.")),
        }
    }

    async fn admit(&self, place: &Place) -> Result<(), ApiError> {
        let caller = &self.known.caller;
        match place {
            Place::Host(host) if !caller.may_be_host(host) => {
                Err(error::denied("Only the host itself may use its queue."))
            }
            Place::Host(host) => match self.front.hosts.enrolled(&caller.scope, host).await? {
                Some(_) => Ok(()),
                None => Err(error::no_queue()),
            },
            Place::Reports => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "sqs_tests.rs"]
mod tests;
