//! Owner, group, mode and access control list of a file or directory.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown, lchown};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::acl;

/// What is set on a file or directory; what is `None` is left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The owner's number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<u32>,
    /// The group's number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<u32>,
    /// The mode bits, such as 0o644.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<u32>,
    /// The named entries of the access control list.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub acl: Vec<acl::Entry>,
}

impl Settings {
    /// What a file or directory has now, but for its access control list.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::symlink_metadata(path).map(|about| Self::from(&about))
    }

    /// Whether there is nothing to set.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Sets them on a new file that is open; its path is for the access control list.
    pub(super) fn apply_to(&self, file: &File, path: &Path) -> io::Result<()> {
        let about = file.metadata()?;
        let owner = self.owner.filter(|owner| *owner != about.uid());
        let group = self.group.filter(|group| *group != about.gid());
        if owner.is_some() || group.is_some() {
            fchown(file, owner, group)?;
        }
        let mode = self.mode.unwrap_or(about.permissions().mode());
        if mode & 0o7777 != about.permissions().mode() & 0o7777 {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        if self.acl.is_empty() { Ok(()) } else { acl::set(path, mode, &self.acl, false) }
    }

    /// Sets them, never through a link. The owner goes first, since changing it clears setuid.
    pub(super) fn apply(&self, path: &Path) -> io::Result<()> {
        let about = fs::symlink_metadata(path)?;
        let owner = self.owner.filter(|owner| *owner != about.uid());
        let group = self.group.filter(|group| *group != about.gid());
        if owner.is_some() || group.is_some() {
            lchown(path, owner, group)?;
        }
        if about.is_symlink() {
            return Ok(());
        }
        if let Some(mode) = self.mode {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        if self.acl.is_empty() {
            return Ok(());
        }
        let mode = self.mode.unwrap_or(about.permissions().mode());
        acl::set(path, mode, &self.acl, about.is_dir())
    }
}

impl From<&Metadata> for Settings {
    fn from(about: &Metadata) -> Self {
        let mode = (!about.is_symlink()).then(|| about.permissions().mode() & 0o7777);
        Self { owner: Some(about.uid()), group: Some(about.gid()), mode, acl: Vec::new() }
    }
}
