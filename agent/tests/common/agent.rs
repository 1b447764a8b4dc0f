//! The agent as a process, on a host in a temporary folder.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Host;
use super::service::{PATIENCE, Service};

pub(crate) const SPEC: &str = "files: [{ source: web, destination: APPDIR }]\nhooks:\n  BeforeInstall: [{ location: hook }]\n  ValidateService: [{ location: hook }]\n";
pub(crate) const HOOK: &str = "#!/bin/sh\necho $LIFECYCLE_EVENT $DEPLOYMENT_ID >> HOSTDIR/said\n";

/// An agent that runs, until this is dropped.
pub(crate) struct Agent(Child);

impl Agent {
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal).unwrap();
    }

    pub(crate) fn exit(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "the agent does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn command(host: &Host, name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover-agent"));
    command.arg(name).arg("--identity-file").arg(host.path("identity.json"));
    command.env_remove("AWS_PROFILE").env_remove("JOURNAL_STREAM");
    command
}

pub(crate) fn register(host: &Host, service: &Service, token: &str) -> (Option<i32>, String) {
    let mut command = command(host, "register");
    command.args(["--endpoint", &service.endpoint(), "--token", token]);
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

pub(crate) fn run(host: &Host) -> Agent {
    run_with(host, |_| ())
}

pub(crate) fn run_with(host: &Host, change: impl FnOnce(&mut Command)) -> Agent {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(host.path("log")).unwrap();
    let mut command = command(host, "run");
    command.arg("--root-dir").arg(host.path("root"));
    change(&mut command);
    Agent(command.stderr(log).stdin(Stdio::null()).spawn().unwrap())
}

/// A host that is enrolled.
pub(crate) fn enrolled() -> (Host, Service) {
    let (host, service) = (Host::new(), Service::new());
    let (code, errors) = register(&host, &service, "once");
    assert_eq!(code, Some(0), "{errors}");
    (host, service)
}
