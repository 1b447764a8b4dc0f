//! Sources: from the AppSpec's files to single files of the bundle and their places on the host.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Component, Path, PathBuf};

use cutover_appspec::{FileExistsBehavior, FileMapping, Permission};

use super::behind::Behind;
use super::clash;
use super::error::{At, InstallError};
use super::fill;
use super::names::Names;
use super::permissions;
use super::survey::{self, Clashes};

/// What the revision has: places on the host and what comes there.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Directories, their ancestors included.
    pub(super) folders: BTreeMap<PathBuf, PathBuf>,
    /// Files and links, by their place; each with its source in the bundle.
    pub(super) files: BTreeMap<PathBuf, PathBuf>,
    /// Places of whole directories. Their plain files are given the same permissions, and are not among `files`.
    pub(super) whole: BTreeMap<PathBuf, Whole>,
    /// Files that are in the way of those of whole directories.
    pub(super) clashes: Clashes,
}

/// The one directory of the bundle that all plain files of a place come from.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) source: PathBuf,
    /// The files that are not there yet, if the directory is; `None` if it is new.
    pub(super) new: Option<Names>,
}

/// What is there before the revision comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct There<'a> {
    pub(super) behind: &'a Behind,
    /// What to do about the files of others.
    pub(super) behavior: FileExistsBehavior,
}

/// A walk through a directory of the bundle.
struct Walk<'a> {
    archive: &'a Path,
    permissions: &'a [Permission],
    there: There<'a>,
    /// Nothing else of the AppSpec comes to the same places.
    is_alone: bool,
    /// The directories that the walk is in, against links in a circle.
    above: Vec<PathBuf>,
}

/// Reads the bundle.
pub(super) fn wanted(
    archive: &Path,
    mappings: &[FileMapping],
    permissions: &[Permission],
    there: There<'_>,
) -> Result<Wanted, InstallError> {
    let archive = fs::canonicalize(archive).at(archive, "cannot be read")?;
    let mut wanted = Wanted::default();
    let destinations = mappings.iter().map(|mapping| destination(&mapping.destination));
    let destinations = destinations.collect::<Result<Vec<_>, _>>()?;
    for (at, (mapping, destination)) in mappings.iter().zip(&destinations).enumerate() {
        let source = source(&archive, &mapping.source)?;
        wanted.folder(destination, &source)?;
        if source.is_dir() {
            let mut others = destinations.iter().enumerate().filter(|(other, _)| *other != at);
            let is_alone =
                !others.any(|(_, other)| other.starts_with(destination) || destination.starts_with(other));
            let mut walk = Walk { archive: &archive, permissions, there, is_alone, above: Vec::new() };
            walk.folder(&source, destination, &mut wanted)?;
        } else {
            let place = destination.join(source.file_name().unwrap_or_default());
            wanted.file(place, source)?;
        }
    }
    clash::check(&wanted)?;
    Ok(wanted)
}

impl Wanted {
    /// Whether a file or link of the revision comes there.
    pub(super) fn has_file(&self, path: &Path) -> bool {
        let whole = path.parent().and_then(|folder| self.whole.get(folder)).zip(path.file_name());
        let is_plain = |path: &Path| fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
        self.files.contains_key(path) || whole.is_some_and(|(whole, name)| is_plain(&whole.source.join(name)))
    }

    fn folder(&mut self, path: &Path, source: &Path) -> Result<(), InstallError> {
        for folder in path.ancestors().filter(|folder| folder.parent().is_some()) {
            self.folders.entry(folder.to_owned()).or_insert_with(|| source.to_owned());
        }
        Ok(())
    }

    fn file(&mut self, place: PathBuf, source: PathBuf) -> Result<(), InstallError> {
        match self.files.entry(place) {
            Entry::Vacant(place) => {
                place.insert(source);
                Ok(())
            }
            Entry::Occupied(first) if *first.get() == source => Ok(()),
            Entry::Occupied(first) => Err(InstallError::SameDestination {
                first: first.get().clone(),
                second: source,
                destination: first.key().clone(),
            }),
        }
    }
}

impl Walk<'_> {
    /// Links to directories inside the bundle are copied as directories, as the official agent does; links to
    /// files, and whatever leads out of the bundle, stay links, so that nothing outside is read.
    fn folder(&mut self, folder: &Path, to: &Path, wanted: &mut Wanted) -> Result<(), InstallError> {
        self.above.push(fs::canonicalize(folder).at(folder, "cannot be read")?);
        let whole = self.whole(folder, to, &mut wanted.clashes)?;
        let is_whole = whole.is_some();
        wanted.whole.extend(whole.map(|whole| (to.to_owned(), whole)));
        let entries = fs::read_dir(folder).at(folder, "cannot be read")?;
        let is_wanted =
            |entry: &fs::DirEntry| !is_whole || !entry.file_type().is_ok_and(|kind| kind.is_file());
        let entries = entries.filter(|entry| entry.as_ref().map_or(true, is_wanted));
        let mut entries = entries.collect::<Result<Vec<_>, _>>().at(folder, "cannot be read")?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (source, place) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().at(&source, "cannot be read")?;
            let inside = || fs::canonicalize(&source).is_ok_and(|real| real.starts_with(self.archive));
            if kind.is_dir() || (kind.is_symlink() && source.is_dir() && inside()) {
                let real = fs::canonicalize(&source).at(&source, "cannot be read")?;
                if self.above.contains(&real) {
                    let problem =
                        "is a link to a directory that it lies in. Remove the link from the bundle.";
                    return Err(InstallError::Source {
                        path: source.display().to_string(),
                        problem: problem.to_owned(),
                    });
                }
                wanted.folder(&place, &source)?;
                self.folder(&source, &place, wanted)?;
            } else {
                wanted.file(place, source)?;
            }
        }
        self.above.pop();
        Ok(())
    }

    /// A directory of the bundle if it has plain files, and its place gets them and no others, all with the same permissions.
    fn whole(&self, folder: &Path, to: &Path, clashes: &mut Clashes) -> Result<Option<Whole>, InstallError> {
        if !self.is_alone || !permissions::are_alike(self.permissions, to) {
            return Ok(None);
        }
        let whole = |new| Whole { source: folder.to_owned(), new };
        match fs::symlink_metadata(to) {
            Ok(about) if about.is_dir() => {
                let There { behind, behavior } = self.there;
                let new = survey::survey(folder, to, behind, behavior, clashes)?;
                Ok(new.map(|new| whole(Some(new))))
            }
            Ok(_) => Ok(None),
            Err(_) => {
                let mut names = fill::names(folder).at(folder, "cannot be read")?;
                let first = names.next().transpose().at(folder, "cannot be read")?;
                Ok(first.map(|_| whole(None)))
            }
        }
    }
}

fn source(archive: &Path, text: &str) -> Result<PathBuf, InstallError> {
    let refuse =
        |problem: &str| InstallError::Source { path: format!("{text:?}"), problem: problem.to_owned() };
    let mut path = archive.to_owned();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path != *archive => {
                path.pop();
            }
            Component::ParentDir => return Err(refuse("leads out of the bundle. Write a path inside it.")),
            _ => {}
        }
    }
    let Ok(about) = fs::symlink_metadata(&path) else {
        return Err(refuse("is not in the bundle. Sources are paths from its top, taken literally."));
    };
    let real = fs::canonicalize(path.parent().filter(|_| path != *archive).unwrap_or(&path));
    let followed = about.is_symlink() && path.is_dir();
    let out = |real: &Path| !real.starts_with(archive);
    if real.is_ok_and(|real| out(&real)) || (followed && fs::canonicalize(&path).is_ok_and(|real| out(&real)))
    {
        return Err(refuse("leads out of the bundle through a link. Put the files themselves into it."));
    }
    Ok(path)
}

/// A whole path without `.` and `..`.
fn destination(text: &str) -> Result<PathBuf, InstallError> {
    let path = Path::new(text);
    if !path.is_absolute() || text.contains(|c: char| c.is_control()) {
        return Err(InstallError::Destination(text.to_owned()));
    }
    let mut whole = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => whole.push(name),
            Component::ParentDir => {
                whole.pop();
            }
            _ => {}
        }
    }
    Ok(whole)
}
