//! The loopback endpoint of `cutover proxy`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;

use cutover_aws::invoke::FunctionInvoker;
use cutover_aws::sdk::Sdk;
use cutover_server::demands::Demands;

use super::forward::Forward;
use crate::command::stdin::stdin_closed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Hands requests to the function until SIGTERM or Ctrl-C.
pub(super) async fn run(
    function: &str,
    listen: SocketAddr,
    while_stdin: bool,
    out: &Output,
) -> Result<Exit, Failure> {
    let mut demands =
        Demands::listen().map_err(|e| Failure::told(format!("signals cannot be listened for: {e}")))?;
    let failed = |error: std::io::Error| {
        let advice = "Choose another address with --listen.";
        Failure::advised(format!("{listen} cannot be listened on: {error}"), advice)
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let forward = Arc::new(Forward::new(FunctionInvoker::new(Sdk::from_chain()), function.to_owned()));
    if out.json {
        out.json_line(&json!({ "endpoint": format!("http://{address}"), "function": function }));
    } else {
        out.say(format!("Requests to http://{address} go to the function {function}. Stop with Ctrl-C."));
    }
    tokio::select! {
        () = demands.heard() => Ok(Exit::Succeeded),
        () = stdin_closed(), if while_stdin => Ok(Exit::Succeeded),
        never = accept(listener, forward) => match never {},
    }
}

async fn accept(listener: TcpListener, forward: Arc<Forward>) -> Infallible {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: connections that end free some.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let forward = forward.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let forward = forward.clone();
                async move { Ok::<_, Infallible>(forward.request(request).await) }
            });
            // A client that hangs up is no error of ours.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
