//! One deployment on this host, from its first lifecycle event to its last.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cutover_appspec::{FileExistsBehavior, ServerSpec};
use serde::Serialize;

use crate::bundle::{self, BundleType, Limits};
use crate::diagnostics::Diagnostics;
use crate::events::{self, DOWNLOAD, INSTALL};
use crate::hooks::{self, Bundle, Hook, Names};
use crate::install;
use crate::layout::{Folder, Group};
use crate::log::Log;
use crate::{retention, revision};

/// What is to be deployed, and how.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The names that scripts see.
    pub names: Names,
    /// The bundle on this machine.
    pub bundle: PathBuf,
    /// How it is packed.
    pub bundle_type: BundleType,
    /// What it may come to.
    pub limits: Limits,
    /// Where it came from.
    pub origin: Bundle,
    /// What to do about files that are there already, unless the AppSpec says it.
    pub file_exists: FileExistsBehavior,
    /// The AppSpec's name in the bundle; `None` is the usual one.
    pub appspec: Option<String>,
    /// In this order.
    pub events: Vec<&'static str>,
    /// Whether to go on when a script of the previous revision fails.
    pub ignore_stop_failures: bool,
    /// How many revisions stay on disk.
    pub keep: usize,
}

/// What became of a lifecycle event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Status {
    /// All went well, or there was nothing to do.
    Succeeded,
    /// Something failed; later events are skipped.
    Failed,
    /// Something failed and that was to be ignored.
    Ignored,
    /// An earlier event failed.
    Skipped,
}

/// A lifecycle event that is over.
#[derive(Debug, Clone, Serialize)]
pub struct EventReport {
    /// Its name.
    pub event: &'static str,
    /// What became of it.
    pub status: Status,
    /// How long it took.
    pub duration_ms: u64,
    /// How it ended.
    pub diagnostics: Diagnostics,
    /// What is doubtful about the revision, found at this event.
    pub warnings: Vec<String>,
}

/// Runs a deployment to its end. `tell` hears of every event as it ends; when `stop` becomes true the
/// script at work is ended and the deployment fails.
///
/// # Errors
/// When the deployment's folder cannot be made; everything else is in the reports.
pub fn run(
    deployment: &Deployment,
    group: &Group,
    log: &mut Log,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(&EventReport),
) -> std::io::Result<Vec<EventReport>> {
    let folder = group.deployment(&deployment.names.deployment)?;
    fs::create_dir_all(folder.path())?;
    let variables = hooks::variables(&deployment.names, &deployment.origin);
    let mut run = Run { deployment, group, folder, variables, stop, warnings: Vec::new() };
    let mut reports: Vec<EventReport> = Vec::new();
    for event in &deployment.events {
        let began = Instant::now();
        let failed = reports.iter().any(|report| report.status == Status::Failed);
        let (status, diagnostics) = if failed {
            (Status::Skipped, Diagnostics::success())
        } else {
            let diagnostics = run.event(event, log);
            let ignored = deployment.ignore_stop_failures && events::from_previous(event);
            (status(&diagnostics, ignored && !stop.load(Ordering::Relaxed)), diagnostics)
        };
        let warnings = std::mem::take(&mut run.warnings);
        let duration_ms = began.elapsed().min(Duration::from_secs(u32::MAX.into())).as_millis() as u64;
        let report = EventReport { event, status, duration_ms, diagnostics, warnings };
        tell(&report);
        reports.push(report);
    }
    // Only what got this far is a revision to go back to.
    let failed = reports.iter().any(|report| report.status == Status::Failed);
    if !failed && deployment.events.contains(&INSTALL) {
        group.set_last_successful(&run.folder)?;
    }
    Ok(reports)
}

fn status(diagnostics: &Diagnostics, ignored: bool) -> Status {
    match (diagnostics.succeeded(), ignored) {
        (true, _) => Status::Succeeded,
        (false, true) => Status::Ignored,
        (false, false) => Status::Failed,
    }
}

struct Run<'a> {
    deployment: &'a Deployment,
    group: &'a Group,
    folder: Folder,
    variables: Vec<(&'static str, String)>,
    stop: &'a AtomicBool,
    warnings: Vec<String>,
}

impl Run<'_> {
    fn event(&mut self, event: &'static str, log: &mut Log) -> Diagnostics {
        if self.stop.load(Ordering::Relaxed) {
            return Diagnostics::error("the agent was asked to stop");
        }
        let done = match event {
            DOWNLOAD => self.download().map(|()| Diagnostics::success()),
            INSTALL => self.install().map(|()| Diagnostics::success()),
            _ => self.hook(event, log),
        };
        done.unwrap_or_else(|message| {
            log.line(&format!("LifecycleEvent - {event}"));
            log.line(&format!("[stderr]{message}"));
            Diagnostics::error(message)
        })
    }

    fn download(&mut self) -> Result<(), String> {
        let (deployment, link) = (self.deployment, self.folder.bundle());
        if deployment.bundle_type != BundleType::Directory && deployment.bundle != link {
            let _ = fs::remove_file(&link);
            symlink(&deployment.bundle, &link)
                .map_err(|error| format!("{} cannot be made: {error}", link.display()))?;
        }
        bundle::unpack(&deployment.bundle, deployment.bundle_type, &self.folder.archive(), deployment.limits)
            .map_err(|error| error.to_string())?;
        // A wrong AppSpec is known from here on; there is no use in going further.
        self.warnings = self.spec()?.1;
        self.group.set_most_recent(&self.folder).map_err(|error| error.to_string())?;
        if let Err(error) = retention::prune(self.group, &self.folder, deployment.keep) {
            self.warnings.push(format!("Old revisions cannot be removed: {error}"));
        }
        Ok(())
    }

    fn install(&mut self) -> Result<(), String> {
        let (spec, _) = self.spec()?;
        let request = install::Request {
            deployment: &self.deployment.names.deployment,
            archive: &self.folder.archive(),
            spec: &spec,
            file_exists: self.deployment.file_exists,
        };
        let plan = install::plan(request, self.group).map_err(|error| error.to_string())?;
        self.warnings.clone_from(&plan.warnings);
        install::install(&plan, self.group).map_err(|error| error.to_string())
    }

    fn hook(&self, event: &'static str, log: &mut Log) -> Result<Diagnostics, String> {
        let (archive, spec) = if events::from_previous(event) {
            let Some(previous) = self.group.last_successful() else { return Ok(Diagnostics::success()) };
            let archive = previous.archive();
            let read = revision::read(&archive, self.deployment.appspec.as_deref());
            let (spec, _) = read.map_err(|error| {
                format!("{event} runs the scripts of the revision deployed before, but {error} To go on without them, use --ignore-application-stop-failures.")
            })?;
            (archive, spec)
        } else {
            (self.folder.archive(), self.spec()?.0)
        };
        let scripts = spec.hooks.get(event).map(Vec::as_slice).unwrap_or_default();
        let hook = Hook { event, scripts, archive: &archive, variables: &self.variables };
        Ok(hooks::run(hook, log, self.stop))
    }

    fn spec(&self) -> Result<(ServerSpec, Vec<String>), String> {
        let name = self.deployment.appspec.as_deref();
        revision::read(&self.folder.archive(), name).map_err(|error| error.to_string())
    }
}
