//! What stands behind the listener: a service for each connection, which tells who is at its other end.
//!
//! There is one endpoint and there are three paths for those who look after the service, so that a router and its
//! layers would do nothing but cost.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;
use tower_service::Service;

use crate::http::Front;
use crate::observe::{self, CallerGone, Peer};
use crate::to_the_end::ToTheEnd;

/// Makes the service of every connection.
pub(crate) struct Doors(pub(crate) Arc<Front>);

/// The service of one connection.
#[derive(Clone)]
pub(crate) struct Door {
    front: Arc<Front>,
    peer: Arc<Peer>,
}

impl Service<IncomingStream<'_, TcpListener>> for Doors {
    type Response = Door;
    type Error = Infallible;
    type Future = Ready<Result<Door, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, TcpListener>) -> Self::Future {
        let peer = Arc::new(Peer::new(*stream.remote_addr()));
        ready(Ok(Door { front: self.0.clone(), peer }))
    }
}

impl Service<Request> for Door {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// What is begun is finished and told of, whether the caller waits for the answer or not.
    fn call(&mut self, request: Request) -> Self::Future {
        let (here, gone) = CallerGone::watch();
        let answer = ToTheEnd::new(observe::answer(self.front.clone(), self.peer.clone(), gone, request));
        Box::pin(async move {
            // Dropped with this future when the connection ends.
            let _here = here;
            // None is a panic, which the log has.
            Ok(answer.await.unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        })
    }
}
