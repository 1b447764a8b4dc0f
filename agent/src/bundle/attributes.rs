//! What an entry carries besides its content.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::time::{Duration, SystemTime};

/// Mode, owner and time of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attributes {
    /// Permission bits, such as 0o644.
    pub(super) mode: u32,
    /// Owner and group; `None` leaves them to whoever unpacks.
    pub(super) owner: Option<(u32, u32)>,
    /// When it was last changed.
    pub(super) modified: Option<SystemTime>,
}

impl Attributes {
    pub(super) const FOLDER: Self = Self { mode: 0o755, owner: None, modified: None };

    /// Sets them on an open file or directory. The owner goes first, since changing it clears setuid.
    pub(super) fn set(&self, file: &File) -> io::Result<()> {
        let about = file.metadata()?;
        let mut mode = about.permissions().mode() & 0o7777;
        if let Some((user, group)) = self.owner.filter(|owner| *owner != (about.uid(), about.gid())) {
            fchown(file, Some(user), Some(group))?;
            mode &= 0o777;
        }
        if mode != self.mode {
            file.set_permissions(Permissions::from_mode(self.mode))?;
        }
        self.modified.map_or(Ok(()), |at| file.set_modified(at))
    }
}

/// A time from seconds since 1970.
pub(super) fn unix(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
