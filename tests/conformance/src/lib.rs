//! A running `cutover serve` for tests with real clients.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Why no service runs.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// A file or a process failed.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// How it failed.
        source: std::io::Error,
    },
    /// A command did not say what it should.
    #[error("{what} said {said:?}")]
    Said {
        /// Which command.
        what: String,
        /// What it said.
        said: String,
    },
}

fn failed(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> FixtureError {
    let what = what.into();
    move |source| FixtureError::System { what, source }
}

/// A service in a folder of its own; both end with it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    folder: PathBuf,
    cutover: PathBuf,
    /// Where it answers.
    pub endpoint: String,
}

impl Server {
    /// Starts it; `speed` divides the waits of plans.
    pub fn start(name: &str, speed: u32) -> Result<Self, FixtureError> {
        let cutover = cutover();
        let folder = std::env::temp_dir().join(format!("cutover-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(failed(format!("make {}", folder.display())))?;
        let mut child = Command::new(&cutover)
            .args(["--json", "serve", "--listen", "127.0.0.1:0", "--while-stdin", "--log", "warn"])
            .arg("--data")
            .arg(folder.join("data"))
            .args(["--speed", &speed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed(format!(
                "start {}; build it with `cargo build --bin cutover`",
                cutover.display()
            )))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(failed("read what the service says"))?;
        }
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let endpoint = ready["endpoint"].as_str().unwrap_or_default().to_owned();
        let server = Self { child, folder, cutover, endpoint };
        if server.endpoint.is_empty() {
            return Err(FixtureError::Said { what: "cutover serve".to_owned(), said: line });
        }
        Ok(server)
    }

    /// `cutover …` against this service; what it prints.
    pub fn cutover<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, FixtureError> {
        let done =
            Command::new(&self.cutover).args(arguments).env("CUTOVER_ENDPOINT", &self.endpoint).output();
        let done = done.map_err(failed("run cutover"))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            return Err(FixtureError::Said { what: "cutover".to_owned(), said });
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }

    /// Publishes a function of two versions with the alias `live` at the first.
    pub fn publish_two_versions(&self, function: &str) -> Result<(), FixtureError> {
        let script = self.script(function)?;
        for _ in 0..2 {
            let publish = ["functions", "publish", function, "--command"].map(OsStr::new);
            self.cutover(&[&publish[..], &[script.as_os_str()]].concat())?;
        }
        self.cutover(&["functions", "alias", function, "live", "--version", "1"])?;
        Ok(())
    }

    fn script(&self, name: &str) -> Result<PathBuf, FixtureError> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.join(format!("{name}.sh"));
        std::fs::write(&path, "#!/bin/sh\ncat\n").map_err(failed("write a script"))?;
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, executable).map_err(failed("make a script executable"))?;
        Ok(path)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The program to test: `CUTOVER_BIN`, or the one that cargo built beside this test.
fn cutover() -> PathBuf {
    if let Some(named) = std::env::var_os("CUTOVER_BIN") {
        return named.into();
    }
    let test = std::env::current_exe().unwrap_or_default();
    test.ancestors().nth(2).unwrap_or(Path::new("target/debug")).join("cutover")
}
