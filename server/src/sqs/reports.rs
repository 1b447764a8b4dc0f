//! The queue of reports: what its host's key has signed goes on, and nothing else.

use cutover_core::ids::uuid_from_bits;
use cutover_ports::clock::{Clock, Entropy};
use cutover_ports::host_channel::MOST_BYTES;
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_wire::agent::report::Report;
use cutover_wire::api::error::ApiError;
use fleet_report::belief::{self, Doubt};

use super::messages::md5;
use super::place::Place;
use super::shapes::{SendMessageRequest, SendMessageResult};
use super::{Answered, Call, answer, error};

/// SendMessage.
pub(super) async fn send(call: &Call<'_>) -> Answered {
    let input: SendMessageRequest = call.read()?;
    let place = call.place(input.queue_url.as_deref()).await?;
    if place != Place::Reports {
        return Err(error::denied("Only the service sends to the queue of a host."));
    }
    let body = input.message_body.ok_or_else(|| error::missing("MessageBody"))?;
    if body.is_empty() || body.len() > MOST_BYTES {
        let message = format!(
            "One or more parameters are invalid. Reason: Message must be 1 to {MOST_BYTES} bytes long."
        );
        return Err(error::invalid(message));
    }
    let report = verified(call, &body).await?;
    tracing::debug!(news = ?report.news, "report of {} about {}", report.host, report.order);
    let sum = md5(&body);
    let taken = call.front.hosts.reports.report(&report.scope, &report.host, body).await;
    taken.map_err(|error| ApiError::unavailable(format!("Try again in a moment: {error}")))?;
    let message_id = uuid_from_bits(OsEntropy.bits());
    answer(&SendMessageResult { md5_of_message_body: sum, message_id })
}

/// The report in this text, which the host's key has signed, and the host is who calls.
async fn verified(call: &Call<'_>, text: &str) -> Result<Report, ApiError> {
    let doubtful = |why: &str| error::denied(&format!("The report is not believed: {why}."));
    let told = |doubt: Doubt| doubtful(&doubt.to_string());
    let claimed = belief::claimed(text).map_err(told)?;
    let caller = &call.known.caller;
    if !caller.may_be_host(&claimed.host) {
        return Err(doubtful("it is another host's"));
    }
    if claimed.scope != caller.scope {
        return Err(doubtful("it is about another account or region"));
    }
    let host = call.front.hosts.enrolled(&caller.scope, &claimed.host).await?;
    belief::believed(text, host.as_ref(), SystemClock.now()).map_err(told)
}
