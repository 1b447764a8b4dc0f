//! Which queue is meant: `http://HOST/ACCOUNT/host-NAME` or `http://HOST/ACCOUNT/fleet-report`.

use axum::http::HeaderMap;
use cutover_ports::host_channel::{HOST_PREFIX, REPORTS};
use cutover_wire::api::error::ApiError;

use super::shapes::{GetQueueUrlRequest, GetQueueUrlResult};
use super::{Answered, Call, answer, error};

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A host's own, by the host's name.
    Host(String),
    /// The one of reports.
    Reports,
}

impl Place {
    /// The queue of a URL: its last part, in the account of the part before. Whatever stands before these is how
    /// the caller reaches the service.
    pub(super) fn of_url(url: Option<&str>, account: &str) -> Result<Self, ApiError> {
        let url = url.filter(|url| !url.is_empty()).ok_or_else(|| error::missing("QueueUrl"))?;
        let (rest, name) = url.rsplit_once('/').ok_or_else(error::no_queue)?;
        if rest.rsplit('/').next() != Some(account) {
            return Err(error::no_queue());
        }
        Self::of_name(name)
    }

    pub(super) fn of_name(name: &str) -> Result<Self, ApiError> {
        match name.strip_prefix(HOST_PREFIX) {
            Some(host) if !host.is_empty() => Ok(Self::Host(host.to_owned())),
            _ if name == REPORTS => Ok(Self::Reports),
            _ => Err(error::no_queue()),
        }
    }
}

/// GetQueueUrl.
pub(super) async fn url(call: &Call<'_>) -> Answered {
    let input: GetQueueUrlRequest = call.read()?;
    let place = Place::of_name(&input.queue_name.ok_or_else(|| error::missing("QueueName"))?)?;
    call.admit(&place).await?;
    let account = &call.known.caller.scope.account;
    let queue_url = match &place {
        Place::Host(host) => url_of_host(&call.base, account, host),
        Place::Reports => url_of_reports(&call.base, account),
    };
    answer(&GetQueueUrlResult { queue_url })
}

/// The URL of a host's own queue.
pub(crate) fn url_of_host(base: &str, account: &str, host: &str) -> String {
    format!("{base}/{account}/{HOST_PREFIX}{host}")
}

/// The URL of the queue of reports.
pub(crate) fn url_of_reports(base: &str, account: &str) -> String {
    format!("{base}/{account}/{REPORTS}")
}

/// The service as the caller of a request addressed it; a proxy that ends TLS says so.
pub(crate) fn base(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    format!("{scheme}://{}", text("host").unwrap_or("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_queues() {
        let account = "123456789012";
        let host = |name: &str| Ok(Place::Host(name.to_owned()));
        for (url, place) in [
            ("http://127.0.0.1:7171/123456789012/host-web-1", host("web-1")),
            ("https://cutover.example/behind/123456789012/host-a.b@c", host("a.b@c")),
            ("http://h/123456789012/fleet-report", Ok(Place::Reports)),
            ("http://h/123456789012/host-", Err("QueueDoesNotExist")),
            ("http://h/123456789012/rollback", Err("QueueDoesNotExist")),
            ("http://h/999999999999/host-web-1", Err("QueueDoesNotExist")),
            ("host-web-1", Err("QueueDoesNotExist")),
            ("", Err("MissingRequiredParameterException")),
        ] {
            assert_eq!(Place::of_url(Some(url), account).map_err(|error| error.code), place, "{url}");
        }
        assert!(Place::of_url(None, account).is_err());
    }
}
