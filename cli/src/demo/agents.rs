//! Hosts of the demonstration: real agents, each with an identity, a deployment root and an install root of its own.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use cutover_wire::api::agent::CreateEnrollmentTokenInput;
use cutover_wire::api::tag::Tag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::api::Api;
use crate::failure::Failure;

/// The agent's program.
const PROGRAM: &str = "cutover-agent";
/// How long an enrolment may take, and an end.
const PATIENCE: Duration = Duration::from_secs(20);

/// The agent's program: beside this one, or on the path.
pub(crate) fn program() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(PROGRAM)).find(|program| program.is_file())
}

/// A host and its agent, which ends with this value.
pub(crate) struct Host {
    folder: PathBuf,
    child: Child,
}

impl Host {
    /// Enrols a host with these tags and starts its agent. Everything of it is in a new folder of that name.
    pub(crate) async fn start(
        program: &Path,
        api: &Api,
        endpoint: &str,
        folder: &Path,
        (name, tag): (&str, (&str, &str)),
    ) -> Result<Self, Failure> {
        let folder = folder.join(name);
        let told =
            |what: &str, error: &dyn std::fmt::Display| Failure::told(format!("{name}: {what}: {error}"));
        std::fs::create_dir_all(&folder).map_err(|e| told("its folder cannot be made", &e))?;
        let (identity, config) = (folder.join("identity.json"), folder.join("agent.yml"));
        std::fs::write(&config, settings(&folder)).map_err(|e| told("it cannot be configured", &e))?;
        let tag = Tag { key: Some(tag.0.to_owned()), value: Some(tag.1.to_owned()) };
        let asked = CreateEnrollmentTokenInput {
            instance_name: Some(name.to_owned()),
            tags: Some(vec![tag]),
            ..CreateEnrollmentTokenInput::default()
        };
        let token = api.enrollment_token(&asked).await?.token;
        let mut register = Command::new(program);
        register.args(["register", "--endpoint", endpoint, "--identity-file"]).arg(&identity);
        register.env("CUTOVER_ENROLLMENT_TOKEN", token).stdin(Stdio::null()).kill_on_drop(true);
        let enrolled = tokio::time::timeout(PATIENCE, register.output()).await;
        let enrolled = enrolled.map_err(|_| told("it cannot enrol", &"no answer"))?;
        let enrolled = enrolled.map_err(|e| told("its agent cannot be started", &e))?;
        if !enrolled.status.success() {
            return Err(told("it cannot enrol", &String::from_utf8_lossy(&enrolled.stderr).trim_end()));
        }
        let log = OpenOptions::new().create(true).append(true).open(folder.join("agent.log"));
        let log = log.map_err(|e| told("its log cannot be written", &e))?;
        let mut child = Command::new(program)
            .args(["run", "--while-stdin", "--identity-file"])
            .arg(identity)
            .arg("--config")
            .arg(config)
            .env_remove("CUTOVER_AGENT_ROOT")
            .env_remove("CUTOVER_INSTALL_ROOT")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            // A Ctrl-C in the terminal is this process's business.
            .process_group(0)
            .spawn()
            .map_err(|e| told("its agent cannot be started", &e))?;
        at_work(&mut child, &folder.join("agent.log"))
            .await
            .map_err(|said| told("its agent ended", &said))?;
        Ok(Self { folder, child })
    }

    /// The process of its agent.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// A file of the host.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join("host").join(path)).unwrap_or_default()
    }

    /// Asks its agent to stop; whether it did.
    pub(crate) async fn stop(mut self) -> bool {
        let process = i32::try_from(self.process()).unwrap_or_default();
        let asked = process > 0 && kill(Pid::from_raw(process), Signal::SIGTERM).is_ok();
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        asked && ended.is_ok_and(|ended| ended.is_ok_and(|status| status.success()))
    }
}

/// Waits until the agent says in its log that it takes orders; what the log says if it ends instead.
async fn at_work(child: &mut Child, log: &Path) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let ended = !matches!(child.try_wait(), Ok(None));
        let said = std::fs::read_to_string(log).unwrap_or_default();
        if said.contains("takes orders") {
            return Ok(());
        }
        if ended || Instant::now() > deadline {
            return Err(said);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The agent's configuration: nothing of it lies outside the folder.
fn settings(folder: &Path) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        ":root_dir: '{}'\n:install_root: '{}'\n:on_premises_config_file: '{}'\n",
        path("root"),
        path("host"),
        path("none.yml")
    )
}
