//! The `cutover` command: the service on one machine, and deployments from the command line.
//!
//! `arguments` holds what clap reads, `command` one file per command, `api` the requests to the service,
//! `progress` the live view that `deploy --watch`, `status --watch` and `demo` share, `view` everything
//! that is rendered (pure), `demo` the demonstration, `rehearse` deployments in virtual time.

mod api;
mod arguments;
mod caller;
mod ci;
mod command;
mod credentials;
mod demo;
mod exit;
mod failure;
mod http;
mod output;
mod progress;
mod rehearse;
mod view;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};
use exit::Exit;
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    let arguments = arguments();
    let output = Output::new(arguments.json);
    let exit = run(arguments, &output).unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit()
    });
    exit.into()
}

/// What was typed. Without a command it is the help that was wanted: clap tells it only while nothing at all
/// is given, and counts the endpoint in the environment as given.
fn arguments() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| {
        if error.kind() != ErrorKind::MissingSubcommand {
            error.exit()
        }
        let asked = std::env::args_os().chain(["-h".into()]);
        let help = Arguments::try_parse_from(asked).err().unwrap_or(error);
        Output::new(false).remark(help.render().to_string().trim_end());
        std::process::exit(2)
    })
}

fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut runtime = match arguments.command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime =
        runtime.enable_all().build().map_err(|e| Failure::told(format!("no runtime can be made: {e}")))?;
    let exit = runtime.block_on(command::run(arguments, output));
    runtime.shutdown_background();
    exit
}
