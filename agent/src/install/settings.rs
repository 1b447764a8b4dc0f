//! Owner, group, mode, access control list and SELinux context of a file or directory.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown, lchown};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::acl;
use super::context::Context;

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
    /// The SELinux context; apart, since there are very many settings and few of them have one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub context: Option<Box<Context>>,
}

impl Settings {
    /// What a file or directory has now, but for its access control list; the SELinux context only if `other` has one.
    pub(super) fn of(path: &Path, other: &Self) -> io::Result<Self> {
        let found = Self::from(&fs::symlink_metadata(path)?);
        Ok(Self { context: other.context.as_ref().and(Context::found(path)?.map(Box::new)), ..found })
    }

    /// Whether there is nothing to set.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Sets them on a new file that is open; its path is for the access control list and the context.
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
        if !self.acl.is_empty() {
            acl::set(path, mode, &self.acl, false)?;
        }
        self.context.as_ref().map_or(Ok(()), |context| context.set(path))
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
        if !self.acl.is_empty() {
            let mode = self.mode.unwrap_or(about.permissions().mode());
            acl::set(path, mode, &self.acl, about.is_dir())?;
        }
        self.context.as_ref().map_or(Ok(()), |context| context.set(path))
    }
}

impl From<&Metadata> for Settings {
    fn from(about: &Metadata) -> Self {
        let mode = (!about.is_symlink()).then(|| about.permissions().mode() & 0o7777);
        Self { owner: Some(about.uid()), group: Some(about.gid()), mode, ..Self::default() }
    }
}
