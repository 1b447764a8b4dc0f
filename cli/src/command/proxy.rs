//! `cutover proxy`

mod forward;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;

use cutover_aws::invoke::FunctionInvoker;
use cutover_aws::sdk::Sdk;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use forward::Forward;

const AFTER: &str = "\
Example:
  cutover proxy --function cutover-Api-1A2B3C4D5E6F &
  aws --endpoint-url http://127.0.0.1:7272 deploy list-applications
  CUTOVER_ENDPOINT=http://127.0.0.1:7272 cutover list

The name of the function is the output ApiFunction of the stack. Requests are invoked with the credentials
and the region of your environment or profile (lambda:InvokeFunction is what they need); how the client
signed does not matter. Whoever can reach the address acts with your credentials, so only loopback
addresses are listened on.";

/// Let unmodified clients reach a deployed service with your IAM credentials
///
/// A loopback endpoint that takes any client's CodeDeploy request and invokes the deployed API function with
/// your own credentials. Unmodified clients sign for another service; here it does not matter.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Proxy {
    /// The deployed API function, a name or an ARN
    #[arg(long, value_name = "NAME", env = "CUTOVER_FUNCTION")]
    function: String,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7272", value_parser = loopback)]
    listen: SocketAddr,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| "write an address such as 127.0.0.1:7272".to_owned())?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err("only a loopback address may be listened on: whoever reaches it acts with your credentials"
        .to_owned())
}

impl Proxy {
    /// Runs it until Ctrl-C.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let failed = |error: std::io::Error| {
            let advice = "Choose another address with --listen.";
            Failure::advised(format!("{} cannot be listened on: {error}", self.listen), advice)
        };
        let listener = TcpListener::bind(self.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let forward = Arc::new(Forward::new(FunctionInvoker::new(Sdk::from_env()), self.function.clone()));
        if context.out.json {
            let ready = json!({ "endpoint": format!("http://{address}"), "function": self.function });
            context.out.json_line(&ready);
        } else {
            let line = format!(
                "Requests to http://{address} go to the function {}. Stop with Ctrl-C.",
                self.function
            );
            context.out.say(line);
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => Ok(Exit::Succeeded),
            never = accept(listener, forward) => match never {},
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_listened_on() {
        for (text, fits) in [
            ("127.0.0.1:7272", true),
            ("127.9.9.9:0", true),
            ("[::1]:7272", true),
            ("192.0.2.1:7272", false),
            ("localhost", false),
        ] {
            assert_eq!(loopback(text).is_ok(), fits, "{text}");
        }
    }
}
