//! `deploy-local`: a deployment of a bundle on this machine, without any service.

mod arguments;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::bundle::{BundleType, Limits};
use crate::deployment::{self, Deployment, Status};
use crate::hooks::{Bundle, Names};
use crate::install::{self, Recovered};
use crate::layout::{Group, Root};
use crate::log::Log;
use crate::{bundle, events};

pub use arguments::Arguments;

/// Why a local deployment did not begin.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// An argument that cannot be.
    #[error("{0}")]
    Usage(String),
    /// Another agent works in the same deployment root.
    #[error("another deployment is under way in {0}. Wait for its end, or choose another --root-dir.")]
    Busy(PathBuf),
    /// Something on disk.
    #[error("{0}")]
    Disk(String),
}

/// Runs the deployment and prints what became of it; whether it succeeded.
///
/// # Errors
/// When it did not begin.
pub fn run(arguments: &Arguments) -> Result<bool, LocalError> {
    let deployment = deployment(arguments)?;
    let disk = |error: io::Error| LocalError::Disk(format!("{}: {error}", arguments.root_dir.display()));
    let root = Root::open(&arguments.root_dir).map_err(disk)?;
    let Some(_lock) = root.lock().map_err(disk)? else {
        return Err(LocalError::Busy(arguments.root_dir.clone()));
    };
    let mut view = view::View::new(arguments.json);
    recover(&root, &mut view)?;
    let group = root.group(&arguments.deployment_group).map_err(usage)?;
    let folder = group.deployment(&deployment.names.deployment).map_err(usage)?;
    view.start(folder.path());
    let scripts_log = folder.scripts_log();
    let log = Log::open(&deployment.names.deployment, &scripts_log, &root.deployments_log());
    let mut log = log.map_err(disk)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(disk)?;
    }
    let reports = deployment::run(&deployment, &group, &mut log, &stop, &mut |report| view.event(report))
        .map_err(disk)?;
    let succeeded =
        reports.iter().all(|report| report.status != Status::Failed && report.status != Status::Skipped);
    view.end(&deployment, &folder, reports, succeeded);
    Ok(succeeded)
}

/// Ends what killed agents left in any group.
fn recover(root: &Root, view: &mut view::View) -> Result<(), LocalError> {
    let groups: Vec<Group> = root.interrupted().map_err(|error| LocalError::Disk(error.to_string()))?;
    for group in groups {
        match install::recover(&group).map_err(|error| LocalError::Disk(error.to_string()))? {
            Recovered::Nothing => {}
            Recovered::Undone => {
                view.remark("An interrupted install was undone: the previous files are back.")
            }
            Recovered::Finished => {
                view.remark("An interrupted install had come to its end; it was tidied up.")
            }
        }
    }
    Ok(())
}

fn deployment(arguments: &Arguments) -> Result<Deployment, LocalError> {
    let bundle = location(&arguments.bundle_location)?;
    let is_folder = bundle.is_dir();
    if is_folder != (arguments.bundle_type == BundleType::Directory) {
        let what = if is_folder {
            "a directory; use --type directory"
        } else {
            "a file; use --type zip, tar or tgz"
        };
        return Err(LocalError::Usage(format!("{} is {what}", bundle.display())));
    }
    if let Some(expected) = &arguments.sha256 {
        let digest =
            if is_folder { Err(io::ErrorKind::IsADirectory.into()) } else { bundle::sha256(&bundle) };
        let digest = digest.map_err(|error| LocalError::Usage(format!("--sha256: {error}")))?;
        bundle::check_sha256(expected, &digest).map_err(|error| LocalError::Usage(error.to_string()))?;
    }
    let names = Names {
        deployment: id()?,
        application: arguments.application_name.clone().unwrap_or_else(|| arguments.bundle_location.clone()),
        group: arguments.deployment_group_name.clone(),
        group_id: arguments.deployment_group.clone(),
    };
    Ok(Deployment {
        names,
        bundle,
        bundle_type: arguments.bundle_type,
        limits: Limits { bytes: arguments.max_unpacked_bytes, ..Limits::default() },
        origin: Bundle::Local,
        file_exists: arguments.file_exists_behavior.into(),
        appspec: arguments.appspec_filename.clone(),
        events: events::select(&arguments.events).map_err(|error| LocalError::Usage(error.to_string()))?,
        ignore_stop_failures: arguments.ignore_application_stop_failures,
        keep: arguments.max_revisions.into(),
        install_root: arguments
            .install_root
            .as_deref()
            .map(std::path::absolute)
            .transpose()
            .map_err(usage)?,
    })
}

fn location(text: &str) -> Result<PathBuf, LocalError> {
    let path = text.strip_prefix("file://").unwrap_or(text);
    if path.contains("://") {
        let message = format!(
            "--bundle-location {text}: only bundles on this machine can be deployed. Fetch it first."
        );
        return Err(LocalError::Usage(message));
    }
    fs::canonicalize(Path::new(path))
        .map_err(|error| LocalError::Usage(format!("--bundle-location {text}: {error}")))
}

/// `d-`, nine letters or digits, `-local`.
fn id() -> Result<String, LocalError> {
    const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut random = [0; 9];
    getrandom::fill(&mut random).map_err(|error| LocalError::Disk(format!("no random numbers: {error}")))?;
    let name: String = random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % 36])).collect();
    Ok(format!("d-{name}-local"))
}

fn usage(error: io::Error) -> LocalError {
    LocalError::Usage(error.to_string())
}
