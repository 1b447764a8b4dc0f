//! A host in a temporary folder, and the agent on it.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod agent;
pub(crate) mod service;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A deployment root, an application folder and bundles.
pub(crate) struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A bundle directory: an AppSpec (APPDIR is the application folder, HOSTDIR the temporary one) and files;
    /// those that begin with `#!` can be executed.
    pub(crate) fn bundle(&self, name: &str, appspec: &str, files: &[(&str, &str)]) -> PathBuf {
        let bundle = self.path(name);
        let fill = |text: &str| {
            let host = self.folder.path().display().to_string();
            text.replace("APPDIR", &format!("{host}/app")).replace("HOSTDIR", &host)
        };
        let text = format!("version: 0.0\nos: linux\n{}", fill(appspec));
        for (name, text) in files.iter().map(|(n, t)| (*n, fill(t))).chain([("appspec.yml", text)]) {
            let path = bundle.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
            let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        bundle
    }

    pub(crate) fn agent(&self, bundle: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutover-agent"));
        command.arg("deploy-local").arg("--bundle-location").arg(bundle);
        command.arg("--root-dir").arg(self.path("root")).args(arguments);
        if !arguments.contains(&"-g") {
            command.args(["-g", "g"]);
        }
        command
    }

    /// Deploys, and gives what `--json` says.
    pub(crate) fn deploy(&self, bundle: &Path, arguments: &[&str]) -> Outcome {
        let output = self.agent(bundle, arguments).arg("--json").output().unwrap();
        Outcome::of(&output)
    }
}

/// What the agent said of a deployment.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) said: Value,
    pub(crate) errors: String,
}

impl Outcome {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            said: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn event(&self, name: &str) -> &Value {
        let events = self.said["events"].as_array().unwrap_or_else(|| panic!("no events: {}", self.errors));
        events.iter().find(|event| event["event"] == name).unwrap()
    }

    /// Fails the test unless the deployment succeeded.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, 0, "{} {}", self.said, self.errors);
        self
    }

    /// Error code, script and message of an event that failed.
    pub(crate) fn failure(&self, event: &str) -> (u64, String, String) {
        assert_eq!(self.code, 1, "{} {}", self.said, self.errors);
        let event = self.event(event);
        assert_eq!(event["status"], "Failed", "{event}");
        let diagnostics = &event["diagnostics"];
        let text = |key: &str| diagnostics[key].as_str().unwrap().to_owned();
        (diagnostics["error_code"].as_u64().unwrap(), text("script_name"), text("message"))
    }
}
