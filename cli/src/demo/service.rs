//! The service as a child process: started, killed, stopped.

use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::http::Endpoint;

/// How long it may take to be ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running service.
pub(crate) struct Service {
    child: Child,
    /// Where it answers.
    pub(crate) endpoint: Endpoint,
    /// Its process.
    pub(crate) process: i32,
}

#[derive(Deserialize)]
struct Ready {
    endpoint: String,
}

impl Service {
    /// Starts `cutover serve` and waits until it answers. It ends with this process, however that ends.
    pub(crate) async fn start(data: &Path, listen: &str, speed: u32, log: &Path) -> Result<Self, Failure> {
        let told = |what: &str, error: &dyn std::fmt::Display| Failure::told(format!("{what}: {error}"));
        let program = std::env::current_exe().map_err(|e| told("this program cannot be found", &e))?;
        let log_file = OpenOptions::new().create(true).append(true).open(log);
        let log_file = log_file.map_err(|e| told("the service's log cannot be written", &e))?;
        let speed = speed.to_string();
        let mut child = Command::new(program)
            .args([
                "serve",
                "--json",
                "--while-stdin",
                "--listen",
                listen,
                "--speed",
                &speed,
                "--log",
                "info",
            ])
            .arg("--data")
            .arg(data)
            .env_remove("CUTOVER_ENDPOINT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .kill_on_drop(true)
            // A Ctrl-C in the terminal is this process's business.
            .process_group(0)
            .spawn()
            .map_err(|e| told("the service cannot be started", &e))?;
        let process = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            let read = tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await;
            read.map_err(|_| late(log))?.map_err(|e| told("the service cannot be heard", &e))?;
        }
        let ready: Ready = serde_json::from_str(&line).map_err(|_| not_ready(log))?;
        let endpoint = ready.endpoint.parse().map_err(Failure::Told)?;
        Ok(Self { child, endpoint, process })
    }

    /// The address to listen on to be found where this one was.
    pub(crate) fn listen(&self) -> String {
        self.endpoint.to_string().trim_start_matches("http://").to_owned()
    }

    /// Kills it with SIGKILL, which it cannot notice, and tells whether that is how it ended.
    pub(crate) async fn kill(&mut self) -> Result<bool, Failure> {
        let killed = self.child.kill().await;
        killed.map_err(|e| Failure::told(format!("the service cannot be killed: {e}")))?;
        let status = self.child.wait().await;
        Ok(status.is_ok_and(|status| status.signal() == Some(Signal::SIGKILL as i32)))
    }

    /// Asks it to stop and waits for that.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        let _ = kill(Pid::from_raw(self.process), Signal::SIGTERM);
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(Failure::told(format!("the service did not stop well: {status}"))),
            Ok(Err(error)) => Err(Failure::told(format!("the service is gone: {error}"))),
            Err(_) => Err(Failure::told("the service did not stop when asked to")),
        }
    }
}

fn late(log: &Path) -> Failure {
    Failure::told(format!("the service was not ready after {} s\n{}", PATIENCE.as_secs(), tail(log)))
}

fn not_ready(log: &Path) -> Failure {
    Failure::told(format!("the service did not start\n{}", tail(log)))
}

/// The last lines of the log.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
