//! The `cutover-agent` command.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cutover_agent::hooks::exec_as::exec_as;
use cutover_agent::host::{self, HostError, doctor};
use cutover_agent::local::{self, LocalError};

/// The host agent of Cutover: deploys revisions to the machine it runs on.
#[derive(Debug, Parser)]
#[command(name = "cutover-agent", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    DeployLocal(local::Arguments),
    Register(host::RegisterArguments),
    Unregister(host::UnregisterArguments),
    RotateKey(host::RotateArguments),
    Run(host::RunArguments),
    Doctor(host::DoctorArguments),
    /// Become a user and then a program.
    #[command(hide = true)]
    ExecAs {
        user: String,
        path: PathBuf,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::DeployLocal(arguments) => match local::run(&arguments) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("ERROR: {error}");
                ExitCode::from(if matches!(error, LocalError::Usage(_)) { 2 } else { 1 })
            }
        },
        Command::Register(arguments) => ended(host::register(&arguments).map(|identity| {
            let (host, file) = (&identity.host, arguments.identity_file.display());
            println!(
                "This host is enrolled as {host}. Its identity is in {file}. Start it: cutover-agent run"
            );
        })),
        Command::Unregister(arguments) => ended(host::unregister(&arguments)),
        Command::RotateKey(arguments) => ended(host::rotate_key(&arguments).map(|identity| {
            println!("{} has new keys; the old ones have ended.", identity.host);
        })),
        Command::Run(arguments) => ended(host::run(&arguments)),
        Command::Doctor(arguments) => match doctor::run(&arguments) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => ended(Err(error)),
        },
        Command::ExecAs { user, path } => {
            eprintln!("{}", exec_as(&user, &path));
            ExitCode::from(127)
        }
    }
}

fn ended(result: Result<(), HostError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ERROR: {error}");
            ExitCode::from(if matches!(error, HostError::Usage(_)) { 2 } else { 1 })
        }
    }
}
