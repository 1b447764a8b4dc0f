//! What is found out before the first event: whether the bundle can be unpacked, whether its AppSpec is right and
//! whether the install is possible. A deployment that cannot succeed is refused here, while the previous version
//! still runs.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;

use cutover_appspec::ServerSpec;
use rustix::fs::syncfs;

use super::Deployment;
use crate::bundle::{self, BundleType};
use crate::events::{self, DOWNLOAD, EVENTS, INSTALL};
use crate::install::{self, InstallError};
use crate::layout::{Folder, Group};
use crate::revision;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// What is doubtful about the AppSpec.
    pub(super) warnings: Vec<String>,
    /// The install, as it was possible then.
    pub(super) plan: Option<install::Plan>,
    /// The event that will fail, and why.
    pub(super) refused: Option<(&'static str, String)>,
}

/// Unpacks the bundle and plans the install, as far as these are among the deployment's events.
pub(super) fn look(
    deployment: &Deployment,
    group: &Group,
    folder: &Folder,
    fetched: Result<(), String>,
) -> Ahead {
    if !deployment.events.contains(&DOWNLOAD) {
        return Ahead::default();
    }
    let refused = |event, problem| Ahead { refused: Some((event, problem)), ..Ahead::default() };
    let unpacked = fetched.and_then(|()| unpack(deployment, folder));
    let unpacked = unpacked.and_then(|()| read(deployment, &folder.archive()));
    let (spec, warnings) = match unpacked {
        Ok(read) => read,
        Err(problem) => return refused(DOWNLOAD, problem),
    };
    if !deployment.events.contains(&INSTALL) {
        return Ahead { warnings, ..Ahead::default() };
    }
    let is_known = |event: &&str| EVENTS.contains(event) || spec.hooks.contains_key(*event);
    if let Some(event) = deployment.events.iter().find(|event| !is_known(event)) {
        return refused(INSTALL, events::not_there(event));
    }
    let planned = install::plan(request(deployment, &folder.archive(), &spec), group);
    let (plan, refused) = match planned {
        Ok(plan) => {
            if !plan.is_idle() {
                begin_writing(&folder.archive());
            }
            (Some(plan), None)
        }
        Err(error) if !may_be_mended(&error, deployment, &spec) => (None, Some((INSTALL, error.to_string()))),
        Err(_) => (None, None),
    };
    Ahead { warnings, plan, refused }
}

/// The AppSpec that is installed by, and what is doubtful about it.
pub(super) fn read(deployment: &Deployment, archive: &Path) -> Result<(ServerSpec, Vec<String>), String> {
    let is_asked = |event: &str| deployment.events.contains(&event);
    let read = revision::read(archive, deployment.appspec.as_deref(), &is_asked);
    let (spec, warnings) = read.map_err(|error| error.to_string())?;
    Ok((revision::under(spec, deployment.install_root.as_deref()), warnings))
}

pub(super) fn request<'a>(
    deployment: &'a Deployment,
    archive: &'a Path,
    spec: &'a ServerSpec,
) -> install::Request<'a> {
    let deployment_id = &deployment.names.deployment;
    install::Request { deployment: deployment_id, archive, spec, file_exists: deployment.file_exists }
}

/// Scripts of BeforeInstall remove files that are in the way and make the users that own files. What they can mend
/// is found when they have run.
fn may_be_mended(error: &InstallError, deployment: &Deployment, spec: &ServerSpec) -> bool {
    const EVENT: &str = "BeforeInstall";
    let scripts = spec.hooks.get(EVENT).is_some_and(|scripts| !scripts.is_empty());
    scripts && deployment.events.contains(&EVENT) && error.depends_on_the_host()
}

fn unpack(deployment: &Deployment, folder: &Folder) -> Result<(), String> {
    let (link, archive) = (folder.bundle(), folder.archive());
    if deployment.bundle_type != BundleType::Directory && deployment.bundle != link {
        let _ = fs::remove_file(&link);
        symlink(&deployment.bundle, &link)
            .map_err(|error| format!("{} cannot be made: {error}", link.display()))?;
    }
    // There from an earlier attempt at the same deployment; it may be the revision that runs now.
    let before = archive.with_extension("before");
    let moved = move_away(&archive, &before)
        .map_err(|error| format!("{} cannot be moved away: {error}", archive.display()))?;
    let unpacked = bundle::unpack(&deployment.bundle, deployment.bundle_type, &archive, deployment.limits);
    match &unpacked {
        Ok(()) => {
            let _ = fs::remove_dir_all(&before);
        }
        Err(_) if moved => {
            let _ = fs::rename(&before, &archive);
        }
        Err(_) => {}
    }
    unpacked.map_err(|error| error.to_string())
}

/// Lets the disk begin with what was unpacked while it is installed: the sync at the end then waits for less. What fails
/// here, fails there.
fn begin_writing(archive: &Path) {
    if let Ok(open) = File::open(archive) {
        thread::spawn(move || syncfs(open));
    }
}

fn move_away(archive: &Path, before: &Path) -> io::Result<bool> {
    if !archive.exists() {
        // An agent that was killed here left the older one, and nothing else.
        return Ok(before.exists());
    }
    match fs::remove_dir_all(before) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::rename(archive, before).map(|()| true)
}
