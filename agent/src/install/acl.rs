//! Access control lists, as the system stores them.

use std::io;
use std::path::Path;

use cutover_appspec::{Acl, AclKind};
use rustix::fs::{XattrFlags, setxattr};
use serde::{Deserialize, Serialize};

/// One entry, its user or group by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whether new files in the directory inherit it.
    pub default: bool,
    /// Whom it is for, as the system numbers it: 1 owner, 2 user, 4 owning group, 8 group, 16 mask, 32 other.
    pub tag: u16,
    /// Read 4, write 2, execute 1.
    pub perms: u16,
    /// The user's or group's number.
    pub id: Option<u32>,
}

const OWNER: u16 = 1;
const USER: u16 = 2;
const OWNING: u16 = 4;
const GROUP: u16 = 8;
const MASK: u16 = 16;
const OTHER: u16 = 32;
const VERSION: u32 = 2;

/// Reads an entry of an AppSpec; `find` turns a name into a number.
pub(super) fn entry<E>(acl: &Acl, find: impl FnOnce(&str) -> Result<u32, E>) -> Result<Entry, E> {
    let id = acl.name.as_deref().filter(|name| !name.is_empty()).map(find).transpose()?;
    let tag = match (acl.kind, id.is_some()) {
        (AclKind::User, true) => USER,
        (AclKind::User, false) => OWNER,
        (AclKind::Group, true) => GROUP,
        (AclKind::Group, false) => OWNING,
        (AclKind::Mask, _) => MASK,
        (AclKind::Other, _) => OTHER,
    };
    Ok(Entry { default: acl.default, tag, perms: u16::from(acl.perms), id })
}

/// Sets the list: the base entries come from the mode, and a mask is made that lets the entries through.
pub(super) fn set(path: &Path, mode: u32, entries: &[Entry], folder: bool) -> io::Result<()> {
    let split = |default: bool| entries.iter().filter(move |e| e.default == default).cloned().collect();
    let (access, default): (Vec<Entry>, Vec<Entry>) = (split(false), split(true));
    let write = |name: &str, entries: Vec<Entry>| {
        setxattr(path, name, &encode(mode, entries), XattrFlags::empty()).map_err(|error| {
            let error = io::Error::from(error);
            if error.kind() == io::ErrorKind::Unsupported {
                let problem =
                    "the file system has no access control lists; mount it with acl, or remove acls";
                return io::Error::new(error.kind(), problem);
            }
            error
        })
    };
    if !access.is_empty() {
        write("system.posix_acl_access", access)?;
    }
    if folder && !default.is_empty() {
        write("system.posix_acl_default", default)?;
    }
    Ok(())
}

fn encode(mode: u32, mut entries: Vec<Entry>) -> Vec<u8> {
    let bits = |shift: u32| u16::try_from(mode >> shift & 7).unwrap_or_default();
    for (tag, perms) in [(OWNER, bits(6)), (OWNING, bits(3)), (OTHER, bits(0))] {
        if !entries.iter().any(|entry| entry.tag == tag) {
            entries.push(Entry { default: false, tag, perms, id: None });
        }
    }
    if !entries.iter().any(|entry| entry.tag == MASK) {
        let through = entries.iter().filter(|e| [USER, OWNING, GROUP].contains(&e.tag));
        let perms = through.fold(0, |all, entry| all | entry.perms);
        entries.push(Entry { default: false, tag: MASK, perms, id: None });
    }
    entries.sort_by_key(|entry| (entry.tag, entry.id));
    let mut bytes = VERSION.to_le_bytes().to_vec();
    for entry in entries {
        bytes.extend(entry.tag.to_le_bytes());
        bytes.extend(entry.perms.to_le_bytes());
        bytes.extend(entry.id.unwrap_or(u32::MAX).to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_the_system_reads_it() {
        let jane = Entry { default: false, tag: USER, perms: 6, id: Some(1_000) };
        let bytes = encode(0o640, vec![jane]);
        let entries: Vec<_> = bytes[4..]
            .chunks(8)
            .map(|e| (e[0], e[2], u32::from_le_bytes(e[4..8].try_into().unwrap())))
            .collect();
        let none = u32::MAX;
        assert_eq!(entries, [(1, 6, none), (2, 6, 1_000), (4, 4, none), (16, 6, none), (32, 0, none)]);
    }
}
