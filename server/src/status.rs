//! What those ask who look after the service. They need no key: the answers name nobody and nothing of anybody's.

use axum::http::StatusCode;
use cutover_ports::clock::Clock;
use cutover_ports::system::SystemClock;
use cutover_ports::table::Table;
use cutover_store::key;

use crate::http::Front;
use crate::metrics;

/// Whether the service does its work: it does not once its store writes nothing any more.
pub(crate) fn health(front: &Front) -> (StatusCode, String) {
    match front.table.failure() {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(_) => {
            let told = "the store writes nothing any more; see the log, then start the service again\n";
            (StatusCode::SERVICE_UNAVAILABLE, told.to_owned())
        }
    }
}

/// Whether requests can be answered: the store can be read, too.
pub(crate) async fn ready(front: &Front) -> (StatusCode, String) {
    let read = front.table.get(&key::token_key(&front.scope)).await;
    match read {
        Ok(_) => health(front),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read; see the log\n".to_owned()),
    }
}

/// What Prometheus asks for.
pub(crate) async fn counted(front: &Front) -> ([(&'static str, &'static str); 1], String) {
    ([("content-type", metrics::CONTENT_TYPE)], front.metrics.text(SystemClock.now()).await)
}
