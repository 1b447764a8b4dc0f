//! The `cutover` command: the service on one machine, and deployments from the command line.
//!
//! `arguments` holds what clap reads, `command` one file per command, `api` the requests to the service,
//! `progress` the live view that `deploy --watch`, `status --watch` and `demo` share, `view` everything
//! that is rendered (pure), `demo` the demonstration.

mod api;
mod arguments;
mod command;
mod demo;
mod exit;
mod failure;
mod http;
mod output;
mod progress;
mod view;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Exit;
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let exit = run(arguments, &output).unwrap_or_else(|failure| {
        output.failure(&failure);
        Exit::Error
    });
    exit.into()
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
