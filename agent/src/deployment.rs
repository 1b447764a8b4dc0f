//! One deployment on this host, from its first lifecycle event to its last.

mod ahead;
mod run;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use cutover_appspec::FileExistsBehavior;
use serde::Serialize;

use crate::bundle::{BundleType, Limits};
use crate::diagnostics::Diagnostics;
use crate::hooks::{Bundle, Names};
use crate::layout::Group;
use crate::log::Log;

pub use run::{Ended, Run};

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
    /// What destinations are put under, to try things out.
    pub install_root: Option<PathBuf>,
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
    /// An earlier event failed, or it is known that a later one will.
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
    let mut run = Run::begin(deployment, group, stop, Ok(()))?;
    let mut reports: Vec<EventReport> = Vec::new();
    for event in &deployment.events {
        let began = Instant::now();
        let Ended { status, diagnostics, warnings } = run.event(event, log);
        let duration_ms = began.elapsed().min(Duration::from_secs(u32::MAX.into())).as_millis() as u64;
        let report = EventReport { event, status, duration_ms, diagnostics, warnings };
        tell(&report);
        reports.push(report);
    }
    run.finish()?;
    Ok(reports)
}
