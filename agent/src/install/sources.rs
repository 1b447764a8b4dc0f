//! Sources: from the AppSpec's files to single files of the bundle and their places on the host.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Component, Path, PathBuf};

use cutover_appspec::FileMapping;

use super::clash;
use super::error::{At, InstallError};

/// What the revision has: places on the host and what comes there.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Directories, their ancestors included.
    pub(super) folders: BTreeMap<PathBuf, PathBuf>,
    /// Files and links, by their place; each with its source in the bundle.
    pub(super) files: BTreeMap<PathBuf, PathBuf>,
}

/// Reads the bundle.
pub(super) fn wanted(archive: &Path, mappings: &[FileMapping]) -> Result<Wanted, InstallError> {
    let archive = fs::canonicalize(archive).at(archive, "cannot be read")?;
    let mut wanted = Wanted::default();
    for mapping in mappings {
        let destination = destination(&mapping.destination)?;
        let source = source(&archive, &mapping.source)?;
        wanted.folder(&destination, &source)?;
        if source.is_dir() {
            walk(&archive, &source, &destination, &mut Vec::new(), &mut wanted)?;
        } else {
            let place = destination.join(source.file_name().unwrap_or_default());
            wanted.file(place, source)?;
        }
    }
    clash::check(&wanted)?;
    Ok(wanted)
}

impl Wanted {
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

/// Links to directories inside the bundle are copied as directories, as the official agent does; links to
/// files, and whatever leads out of the bundle, stay links, so that nothing outside is read. `above` are the
/// directories that the walk is in, against links in a circle.
fn walk(
    archive: &Path,
    folder: &Path,
    to: &Path,
    above: &mut Vec<PathBuf>,
    wanted: &mut Wanted,
) -> Result<(), InstallError> {
    above.push(fs::canonicalize(folder).at(folder, "cannot be read")?);
    let entries = fs::read_dir(folder).at(folder, "cannot be read")?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().at(folder, "cannot be read")?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (source, place) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().at(&source, "cannot be read")?;
        let inside = || fs::canonicalize(&source).is_ok_and(|real| real.starts_with(archive));
        if kind.is_dir() || (kind.is_symlink() && source.is_dir() && inside()) {
            let real = fs::canonicalize(&source).at(&source, "cannot be read")?;
            if above.contains(&real) {
                let problem = "is a link to a directory that it lies in. Remove the link from the bundle.";
                return Err(InstallError::Source {
                    path: source.display().to_string(),
                    problem: problem.to_owned(),
                });
            }
            wanted.folder(&place, &source)?;
            walk(archive, &source, &place, above, wanted)?;
        } else {
            wanted.file(place, source)?;
        }
    }
    above.pop();
    Ok(())
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
