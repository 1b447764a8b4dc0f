//! `cutover proxy`

#[cfg(feature = "aws")]
mod forward;
#[cfg(feature = "aws")]
mod listen;

use std::net::SocketAddr;

use clap::Args;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;

const AFTER: &str = "\
Example:
  cutover proxy --function cutover-Api-1A2B3C4D5E6F &
  aws --endpoint-url http://127.0.0.1:7272 deploy list-applications
  CUTOVER_ENDPOINT=http://127.0.0.1:7272 cutover list

The name of the function is the output ApiFunction of the stack. Requests are invoked with the credentials
and the region of your environment or profile (lambda:InvokeFunction is what they need); how the client
signed does not matter. Whoever can reach the address acts with your credentials, so only loopback
addresses are listened on. Needs the cargo feature aws.";

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
    /// End when standard input is closed: for programs that start a proxy and must not leave it behind
    #[arg(long, hide = true)]
    while_stdin: bool,
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
    /// Runs it until SIGTERM or Ctrl-C.
    #[cfg(feature = "aws")]
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        listen::run(&self.function, self.listen, self.while_stdin, context.out).await
    }

    /// Says what is missing.
    #[cfg(not(feature = "aws"))]
    #[allow(clippy::unused_async, reason = "the other build's shape")]
    pub(crate) async fn run(&self, _: &Context<'_>) -> Result<Exit, Failure> {
        Err(Failure::told(cutover_server::options::OptionsError::NoAws.to_string()))
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
