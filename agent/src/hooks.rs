//! Hooks: the scripts of a lifecycle event, one after another, until one fails.

mod command;
mod environment;
mod lines;
mod process;
mod tail;

pub mod exec_as;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use std::{fs, io};

use cutover_appspec::Script;

use crate::diagnostics::{Code, Diagnostics};
use crate::log::Log;

pub use environment::{Bundle, Names, variables};

/// Scripts of one event may take an hour together.
const EVENT_LIMIT: Duration = Duration::from_secs(3_600);

/// An event whose scripts are to be run.
#[derive(Debug, Clone, Copy)]
pub struct Hook<'a> {
    /// Its name.
    pub event: &'a str,
    /// In this order.
    pub scripts: &'a [Script],
    /// The unpacked revision that the scripts are in.
    pub archive: &'a Path,
    /// Added to the agent's own environment.
    pub variables: &'a [(&'static str, String)],
}

/// Runs the scripts of an event. When `stop` becomes true, the script at work is ended and the event fails.
pub fn run(hook: Hook<'_>, log: &mut Log, stop: &AtomicBool) -> Diagnostics {
    if hook.scripts.is_empty() {
        return Diagnostics::success();
    }
    let mut tail = tail::Tail::default();
    let mut write = |line: &str| {
        log.line(line);
        tail.push(line);
    };
    write(&format!("LifecycleEvent - {}", hook.event));
    let began = Instant::now();
    for script in hook.scripts {
        write(&format!("Script - {}", script.location));
        let left = EVENT_LIMIT.saturating_sub(began.elapsed());
        let timeout = left.min(Duration::from_secs(script.timeout_secs.into()));
        let Err((error_code, message)) = run_script(hook, script, timeout, stop, &mut write) else {
            continue;
        };
        write(&format!("[stderr]{message}"));
        let script_name = script.location.clone();
        return Diagnostics { error_code, script_name, message, log: tail.into_text() };
    }
    Diagnostics::success()
}

type Failed = (Code, String);

fn run_script(
    hook: Hook<'_>,
    script: &Script,
    timeout: Duration,
    stop: &AtomicBool,
    write: &mut dyn FnMut(&str),
) -> Result<(), Failed> {
    let path = find(hook.archive, &script.location)?;
    make_executable(&path).map_err(|error| {
        (
            Code::ScriptNotExecutable,
            format!(
                "Unable to set script at specified location: {} as executable ({error}).",
                script.location
            ),
        )
    })?;
    let user = script.runas.as_ref().map(|user| format!(" run as user {user}")).unwrap_or_default();
    let about = format!("Script at specified location: {}{user}", script.location);
    // The official agent's `su` starts and fails, so that its code is that of a script.
    let not_started = |problem: String| (Code::ScriptFailed, format!("{about} cannot be started: {problem}"));
    let mut command = command::command(&path, script).map_err(not_started)?;
    command.env("LIFECYCLE_EVENT", hook.event).envs(hook.variables.iter().map(|(k, v)| (k, v)));
    let ran = process::run(command, &path, timeout, stop, write).map_err(|error| {
        let hint = match error.kind() {
            // The script itself is there, so it is what its first line names.
            io::ErrorKind::NotFound if !script.sudo => {
                " Check the program in its first line, and that the line does not end in a carriage return."
            }
            io::ErrorKind::NotFound => " Install sudo, or remove sudo from the AppSpec.",
            _ => "",
        };
        (Code::ScriptFailed, format!("{} cannot be run: {error}.{hint}", script.location))
    })?;
    if ran.held {
        write(
            "[stderr]A process that the script left holds its output open; what it writes from here on is lost. Redirect it to a file.",
        );
    }
    match ran.end {
        process::End::Exited(status) if status.success() => Ok(()),
        process::End::Exited(status) => {
            use std::os::unix::process::ExitStatusExt;
            let how = match (status.code(), status.signal()) {
                (Some(code), _) => format!("failed with exit code {code}"),
                (None, signal) => format!("was killed by signal {}", signal.unwrap_or_default()),
            };
            Err((Code::ScriptFailed, format!("{about} {how}")))
        }
        process::End::TimedOut => Err((
            Code::ScriptTimedOut,
            format!("{about} failed to complete in {} seconds", timeout.as_secs()),
        )),
        process::End::Stopped => {
            Err((Code::ScriptFailed, format!("{about} was ended because the agent was asked to stop")))
        }
    }
}

/// The script's file, which must be in the revision, links and all.
fn find(archive: &Path, location: &str) -> Result<PathBuf, Failed> {
    let path = archive.join(location.trim_start_matches('/'));
    let missing = || {
        let message = format!("Script does not exist at specified location: {}", path.display());
        (Code::ScriptMissing, message)
    };
    let real = fs::canonicalize(&path).map_err(|_| missing())?;
    if !fs::canonicalize(archive).is_ok_and(|archive| real.starts_with(archive)) {
        let message = format!("{location} leads out of the revision. Put the script into the bundle.");
        return Err((Code::UnknownError, message));
    }
    if real.is_file() { Ok(real) } else { Err(missing()) }
}

/// Bundles packed on systems without modes have scripts that cannot be executed.
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o111 == 0o111 || rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() | 0o111);
    fs::set_permissions(path, permissions)
}
