//! New directories that are filled with all plain files of one directory of the bundle. The files are not listed in plan
//! and journal: they are looked up in the bundle whenever they are needed.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use crate::duplicate::{Batch, Trouble, Wish};

use super::error::{At, InstallError, or_missing};
use super::execute::Gate;
use super::settings::Settings;
use super::step::Step;

/// Takes these steps, the first of which has this number.
pub(super) fn take(steps: &[Step], first: usize, gate: Gate<'_>) -> Result<(), InstallError> {
    let mut batch = Batch::new();
    for (at, step) in steps.iter().enumerate() {
        gate(first + at)?;
        let Step::Fill { source, fresh, set } = step else { continue };
        if batch.has_enough_folders() {
            batch.work(|_| true, failed)?;
        }
        let known = (source.as_path(), fresh.as_path());
        batch
            .folder(source, fresh, wish(set), known)
            .map_err(|trouble| failed(trouble, &known, &".".into()))?;
        for name in names(source).at(source, "cannot be read")? {
            batch.name(name.at(source, "cannot be read")?);
            if batch.has_enough() {
                batch.work(|_| true, failed)?;
            }
        }
    }
    batch.work(|_| true, failed)
}

fn failed(trouble: Trouble, (source, fresh): &(&Path, &Path), name: &OsString) -> InstallError {
    let (path, what, error) = match trouble {
        Trouble::Reading(error) => (source.join(name), "cannot be read", error),
        Trouble::Writing(error) => (fresh.join(name), "cannot be written", error),
        Trouble::Full => (fresh.join(name), "cannot be written", io::ErrorKind::FileTooLarge.into()),
    };
    InstallError::Disk { path, what, error }
}

fn wish(set: &Settings) -> Wish {
    Wish { owner: set.owner, group: set.group, mode: set.mode }
}

/// Removes what came from the bundle, and nothing else. Without the bundle all plain files are taken for that.
pub(super) fn take_back(source: &Path, fresh: &Path) -> io::Result<()> {
    for name in found(source, fresh)? {
        or_missing(fs::remove_file(fresh.join(name?)))?;
    }
    Ok(())
}

/// The places of the files that fill a directory; where the bundle is gone, of those that are in it.
pub(super) fn places(
    source: &Path,
    place: &Path,
    mut take: impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    found(source, place)?.try_for_each(|name| take(&place.join(name?)))
}

fn found(source: &Path, other: &Path) -> io::Result<impl Iterator<Item = io::Result<OsString>> + use<>> {
    let found = match names(source) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match names(other) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            names => Some(names?),
        },
        names => Some(names?),
    };
    Ok(found.into_iter().flatten())
}

/// The names of the plain files in a directory, in no order.
pub(super) fn names(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<OsString>> + use<>> {
    let named = |entry: io::Result<fs::DirEntry>| {
        let plain = entry.and_then(|entry| Ok(entry.file_type()?.is_file().then(|| entry.file_name())));
        plain.transpose()
    };
    Ok(fs::read_dir(folder)?.filter_map(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_put_there_stays_as_long_as_the_bundle_tells_it_apart() {
        let folder = tempfile::tempdir().unwrap();
        let (source, fresh) = (folder.path().join("source"), folder.path().join("fresh"));
        for (folder, names) in [(&source, ["a", "b"]), (&fresh, ["a", "theirs"])] {
            fs::create_dir(folder).unwrap();
            names.iter().for_each(|name| fs::write(folder.join(name), "").unwrap());
        }
        fs::create_dir(source.join("sub")).unwrap();
        let mut listed = Vec::new();
        let mut take = |path: &Path| {
            listed.push(path.to_owned());
            Ok(())
        };
        places(&source, &fresh, &mut take).unwrap();
        assert_eq!(listed.len(), 2, "{listed:?}");
        take_back(&source, &fresh).unwrap();
        take_back(&source, &fresh).unwrap();
        assert!(fresh.join("theirs").exists() && !fresh.join("a").exists());
        fs::remove_dir_all(&source).unwrap();
        take_back(&source, &fresh).unwrap();
        assert_eq!(fs::read_dir(&fresh).unwrap().count(), 0);
        fs::remove_dir(&fresh).unwrap();
        take_back(&source, &fresh).unwrap();
    }
}
