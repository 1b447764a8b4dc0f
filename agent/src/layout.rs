//! Where everything lies: the official agent's deployment root.
//!
//! ```text
//! <root>/<group>/<deployment>/bundle.tar             the bundle, whatever its type; a link to a local one
//! <root>/<group>/<deployment>/bundle.json             ours: which bundle it is
//! <root>/<group>/<deployment>/deployment-archive/    the unpacked revision
//! <root>/<group>/<deployment>/logs/scripts.log       what its scripts said
//! <root>/deployment-instructions/<group>-install.json, <group>-cleanup
//! <root>/deployment-instructions/<group>_last_successful_install, <group>_most_recent_install
//! <root>/deployment-instructions/<group>-install.journal      ours: an install that has not ended
//! <root>/deployment-instructions/agent.lock                   ours: held while an agent works here
//! <root>/deployment-logs/codedeploy-agent-deployments.log
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where the official agent keeps it.
pub const DEFAULT_ROOT: &str = "/opt/codedeploy-agent/deployment-root";
const INSTRUCTIONS: &str = "deployment-instructions";

/// A deployment root.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// The root at a path; made when it is not there.
    ///
    /// # Errors
    /// When it can be neither found nor made.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path.join(INSTRUCTIONS))?;
        fs::create_dir_all(path.join("deployment-logs"))?;
        Ok(Self(fs::canonicalize(path)?))
    }

    /// Keeps other agents out for as long as the answer lives; `None` when one is at work.
    ///
    /// # Errors
    /// When the lock cannot be opened.
    pub fn lock(&self) -> io::Result<Option<File>> {
        let path = self.0.join(INSTRUCTIONS).join("agent.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// What belongs to a group.
    ///
    /// # Errors
    /// When the id is no plain name.
    pub fn group(&self, id: &str) -> io::Result<Group> {
        Ok(Group { root: self.0.clone(), id: plain(id)?.to_owned() })
    }

    /// The groups whose last install has not ended.
    ///
    /// # Errors
    /// When the root cannot be read.
    pub fn interrupted(&self) -> io::Result<Vec<Group>> {
        let mut groups = Vec::new();
        for entry in fs::read_dir(self.0.join(INSTRUCTIONS))? {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix("-install.journal"));
            groups.extend(id.map(|id| self.group(id)).transpose()?);
        }
        Ok(groups)
    }

    /// The log of all deployments.
    pub fn deployments_log(&self) -> PathBuf {
        self.0.join("deployment-logs/codedeploy-agent-deployments.log")
    }
}

/// What belongs to a deployment group.
#[derive(Debug, Clone)]
pub struct Group {
    root: PathBuf,
    id: String,
}

impl Group {
    /// The folder of its deployments.
    pub fn folder(&self) -> PathBuf {
        self.root.join(&self.id)
    }

    /// The folder of one deployment.
    ///
    /// # Errors
    /// When the id is no plain name.
    pub fn deployment(&self, id: &str) -> io::Result<Folder> {
        Ok(Folder(self.folder().join(plain(id)?)))
    }

    /// The deployments that are still here, in no order.
    ///
    /// # Errors
    /// When the group's folder cannot be read.
    pub fn deployments(&self) -> io::Result<Vec<Folder>> {
        let folders = fs::read_dir(self.folder())?.map(|entry| Ok(Folder(entry?.path())));
        folders.collect()
    }

    /// What the next install has to remove.
    pub fn cleanup(&self) -> PathBuf {
        self.instruction("-cleanup")
    }

    /// What the last install was about to do.
    pub fn install_record(&self) -> PathBuf {
        self.instruction("-install.json")
    }

    /// The install that has not ended.
    pub fn journal(&self) -> PathBuf {
        self.instruction("-install.journal")
    }

    /// The deployment that last succeeded.
    pub fn last_successful(&self) -> Option<Folder> {
        self.pointer("_last_successful_install")
    }

    /// The deployment whose bundle was last unpacked.
    pub fn most_recent(&self) -> Option<Folder> {
        self.pointer("_most_recent_install")
    }

    /// Notes the deployment that succeeded.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_last_successful(&self, folder: &Folder) -> io::Result<()> {
        replace(&self.instruction("_last_successful_install"), &folder.0.display().to_string())
    }

    /// Notes the deployment whose bundle was unpacked.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_most_recent(&self, folder: &Folder) -> io::Result<()> {
        replace(&self.instruction("_most_recent_install"), &folder.0.display().to_string())
    }

    fn instruction(&self, end: &str) -> PathBuf {
        self.root.join(INSTRUCTIONS).join(format!("{}{end}", self.id))
    }

    fn pointer(&self, end: &str) -> Option<Folder> {
        let text = fs::read_to_string(self.instruction(end)).ok()?;
        let path = text.trim_end_matches('\n');
        (!path.is_empty()).then(|| Folder(path.into()))
    }
}

/// The folder of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The bundle.
    pub fn bundle(&self) -> PathBuf {
        self.0.join("bundle.tar")
    }

    /// What the bundle is, where it was brought for an order.
    pub fn bundle_note(&self) -> PathBuf {
        self.0.join("bundle.json")
    }

    /// The unpacked revision.
    pub fn archive(&self) -> PathBuf {
        self.0.join("deployment-archive")
    }

    /// What its scripts said.
    pub fn scripts_log(&self) -> PathBuf {
        self.0.join("logs/scripts.log")
    }
}

/// Replaces a file's content, whole or not at all, and on disk before this returns.
///
/// # Errors
/// When it cannot be written.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    replace_by(path, |file| file.write_all(text.as_bytes()))
}

/// The same, of content that need not be in memory as a whole.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn replace_by(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".writing");
    let fresh = path.with_file_name(name);
    let file = File::create(&fresh)?;
    let mut buffered = BufWriter::new(&file);
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Ids become names of files.
fn plain(id: &str) -> io::Result<&str> {
    if id.is_empty() || id.starts_with('.') || id.contains(|c: char| c == '/' || c.is_control()) {
        let problem = format!("{id:?} cannot be the name of a file; use letters, digits, - and _");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_in_the_root() {
        for (id, good) in [("g-1", true), ("a b", true), ("", false), ("..", false), ("a/b", false)] {
            assert_eq!(plain(id).is_ok(), good, "{id:?}");
        }
    }

    #[test]
    fn one_agent_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let held = root.lock().unwrap();
        assert!(held.is_some());
        assert!(root.lock().unwrap().is_none());
        drop(held);
        assert!(root.lock().unwrap().is_some());
    }
}
