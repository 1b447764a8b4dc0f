//! Plain files of one directory into another, by their names in it: a path is walked once for each directory.

use std::ffi::OsString;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use nix::unistd::geteuid;
use rustix::fs::{Mode, OFlags, open, openat};

use crate::{copy, crew};

/// Files of one batch: names, and nothing else of a file, are in memory that long.
const NAMES: usize = 4_096;
/// Directories of one batch: each has two open files, of 1,024 that a process may have.
const FOLDERS: usize = 128;

/// What is set on a file; what is `None` is as with its original. Only root gives files away.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish {
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
    pub(crate) mode: Option<u32>,
}

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The original cannot be read.
    Reading(io::Error),
    /// The duplicate cannot be written.
    Writing(io::Error),
    /// There may be no more bytes.
    Full,
}

/// Directories of the originals and of the duplicates, and the names of the files that are next. `T` is known of each
/// directory.
pub(crate) struct Batch<T> {
    folders: Vec<(OwnedFd, OwnedFd, Wish, T)>,
    names: Vec<(usize, OsString)>,
}

impl<T: Sync> Batch<T> {
    pub(crate) fn new() -> Self {
        Self { folders: Vec::new(), names: Vec::new() }
    }

    /// From here on names are those of files in `from`, and their duplicates come into `to`.
    pub(crate) fn folder(&mut self, from: &Path, to: &Path, wish: Wish, known: T) -> Result<(), Trouble> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let from = open(from, flags, Mode::empty()).map_err(|error| Trouble::Reading(error.into()))?;
        let to = open(to, flags, Mode::empty()).map_err(|error| Trouble::Writing(error.into()))?;
        self.folders.push((from, to, wish, known));
        Ok(())
    }

    /// A file of the last directory.
    pub(crate) fn name(&mut self, name: OsString) {
        self.names.push((self.folders.len().saturating_sub(1), name));
    }

    /// Whether it is to be worked on before another name comes.
    pub(crate) fn has_enough(&self) -> bool {
        self.names.len() >= NAMES
    }

    /// The same before another directory comes.
    pub(crate) fn has_enough_folders(&self) -> bool {
        self.has_enough() || self.folders.len() >= FOLDERS
    }

    /// Makes the duplicates, and keeps the last directory. `admit` is asked before so many bytes are written.
    pub(crate) fn work<E: Send>(
        &mut self,
        admit: impl Fn(u64) -> bool + Sync,
        name_it: impl Fn(Trouble, &T, &OsString) -> E + Sync,
    ) -> Result<(), E> {
        let (folders, is_root) = (&self.folders, geteuid().is_root());
        let tool = || Tool { is_root, ..Tool::default() };
        crew::each(&self.names, tool, |tool, _, (at, name)| {
            let (from, to, wish, known) = &folders[*at];
            if tool.folder != *at {
                (tool.folder, tool.born) = (*at, Vec::new());
            }
            file((from, to), name, *wish, &admit, tool).map_err(|trouble| name_it(trouble, known, name))
        })?;
        self.names.clear();
        self.folders.drain(..self.folders.len().saturating_sub(1));
        Ok(())
    }
}

/// What a thread keeps from one file to the next.
#[derive(Default)]
struct Tool {
    buffer: Vec<u8>,
    is_root: bool,
    /// The directory that it is at.
    folder: usize,
    /// What is known of files that are made there.
    born: Vec<Born>,
}

/// Owner, group and mode that a file of this process has when it is made in one directory with one mode: looked at once.
#[derive(Clone, Copy)]
struct Born {
    with_mode: u32,
    owner: u32,
    group: u32,
    mode: u32,
}

fn file(
    (from, to): (&OwnedFd, &OwnedFd),
    name: &OsString,
    wish: Wish,
    admit: impl Fn(u64) -> bool,
    tool: &mut Tool,
) -> Result<(), Trouble> {
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = openat(from, name, flags, Mode::empty()).map_err(io::Error::from);
    let read = opened.map(File::from).and_then(|file| file.metadata().map(|about| (file, about)));
    let (mut file, about) = read.map_err(Trouble::Reading)?;
    if !about.is_file() {
        return Err(Trouble::Reading(io::Error::other("it is no plain file any more")));
    }
    if !admit(about.len()) {
        return Err(Trouble::Full);
    }
    let mode = wish.mode.unwrap_or(about.permissions().mode() & 0o7777);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let made = openat(to, name, flags, Mode::from_raw_mode(mode & 0o777)).map_err(io::Error::from);
    let mut made = File::from(made.map_err(Trouble::Writing)?);
    let wrote = copy::file(&mut file, &mut made, about.len(), &mut tool.buffer).and_then(|_| {
        let born = tool.born(&made, mode & 0o777)?;
        set(&made, born, tool.wanted(wish, &about), mode)?;
        made.set_modified(about.modified()?)
    });
    wrote.map_err(Trouble::Writing)
}

impl Tool {
    fn born(&mut self, made: &File, with_mode: u32) -> io::Result<Born> {
        if let Some(known) = self.born.iter().find(|born| born.with_mode == with_mode) {
            return Ok(*known);
        }
        let about = made.metadata()?;
        let mode = about.permissions().mode() & 0o7777;
        let born = Born { with_mode, owner: about.uid(), group: about.gid(), mode };
        self.born.push(born);
        Ok(born)
    }

    fn wanted(&self, wish: Wish, about: &Metadata) -> (Option<u32>, Option<u32>) {
        let as_before = |number| self.is_root.then_some(number);
        (wish.owner.or(as_before(about.uid())), wish.group.or(as_before(about.gid())))
    }
}

/// The owner goes first, since changing it clears setuid; of the mode only the lower nine bits were asked for until now.
fn set(made: &File, born: Born, (owner, group): (Option<u32>, Option<u32>), mode: u32) -> io::Result<()> {
    let owner = owner.filter(|owner| *owner != born.owner);
    let group = group.filter(|group| *group != born.group);
    if owner.is_some() || group.is_some() {
        fchown(made, owner, group)?;
    }
    if mode != born.mode {
        made.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// As many directories as a batch cannot have open, each with files of two modes.
    #[test]
    fn many_directories_and_what_is_wished() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let mut batch = Batch::new();
        let failed = |trouble, known: &PathBuf, name: &OsString| format!("{known:?} {name:?}: {trouble:?}");
        for n in 0..2 * FOLDERS + 1 {
            let (from, to) = (from.join(n.to_string()), to.join(n.to_string()));
            fs::create_dir_all(&from).unwrap();
            fs::create_dir_all(&to).unwrap();
            if batch.has_enough_folders() {
                batch.work(|_| true, failed).unwrap();
            }
            let wish = Wish { mode: (n == 7).then_some(0o4711), ..Wish::default() };
            batch.folder(&from, &to, wish, to.clone()).unwrap();
            for (name, mode) in [("a", 0o640), ("b", 0o755), ("c", 0o640)] {
                fs::write(from.join(name), format!("{n} {name}")).unwrap();
                fs::set_permissions(from.join(name), Permissions::from_mode(mode)).unwrap();
                batch.name(name.into());
            }
        }
        batch.work(|_| true, failed).unwrap();
        for n in 0..2 * FOLDERS + 1 {
            for (name, mode) in [("a", 0o640), ("b", 0o755), ("c", 0o640)] {
                let path = to.join(n.to_string()).join(name);
                assert_eq!(fs::read_to_string(&path).unwrap(), format!("{n} {name}"));
                let about = fs::metadata(&path).unwrap();
                let wished = if n == 7 { 0o4711 } else { mode };
                assert_eq!(about.permissions().mode() & 0o7777, wished, "{path:?}");
                let original = fs::metadata(from.join(n.to_string()).join(name)).unwrap();
                assert_eq!(about.modified().unwrap(), original.modified().unwrap());
            }
        }
        batch.name("d".into());
        assert!(batch.work(|_| true, failed).unwrap_err().contains("\"d\": Reading"));
        fs::write(from.join((2 * FOLDERS).to_string()).join("d"), "content").unwrap();
        assert!(batch.work(|bytes| bytes < 7, failed).unwrap_err().contains("Full"));
        batch.work(|bytes| bytes == 7, failed).unwrap();
    }
}
