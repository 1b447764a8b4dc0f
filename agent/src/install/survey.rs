//! What the plain files of a directory of the bundle find in a place that is there already.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cutover_appspec::FileExistsBehavior;

use super::behind::Behind;
use super::error::{At, InstallError};
use super::fill;
use super::names::Names;

/// With fewer files in a directory a step for each is cheaper.
pub(super) const FEW: usize = 3;

/// Files that are in the way: the first of them by name, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Clashes {
    first: BTreeSet<PathBuf>,
    count: usize,
}

impl Clashes {
    /// So many are named.
    const NAMED: usize = 100;

    pub(super) fn add(&mut self, path: PathBuf) {
        self.join(Self { first: [path].into(), count: 1 });
    }

    fn join(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        while self.first.len() > Self::NAMED {
            self.first.pop_last();
        }
    }

    pub(super) fn refuse(mut self) -> Result<(), InstallError> {
        let Some(first) = self.first.pop_first() else { return Ok(()) };
        let unnamed = self.count - 1 - self.first.len();
        Err(InstallError::Exists { first, others: self.first.into_iter().collect(), unnamed })
    }
}

/// The names of those that are not there yet, if all of them can be put in their places by one step; `None` if some need
/// a step of their own: there is a directory in the place of one, one is to stay as it is, or there are few.
pub(super) fn survey(
    source: &Path,
    to: &Path,
    behind: &Behind,
    behavior: FileExistsBehavior,
    clashes: &mut Clashes,
) -> Result<Option<Names>, InstallError> {
    if behind.leads_away(to) {
        return Ok(None);
    }
    let (mut new, mut in_the_way, mut count) = (Names::default(), Clashes::default(), 0);
    for name in fill::names(source).at(source, "cannot be read")? {
        let name = name.at(source, "cannot be read")?;
        let (place, Some(name)) = (to.join(&name), name.to_str()) else { return Ok(None) };
        count += 1;
        match fs::symlink_metadata(&place) {
            Err(_) => new.add(name),
            Ok(about) if about.is_dir() => return Ok(None),
            Ok(_) if behind.lists(&place) => {}
            // A dangling link does not count, as with the official agent.
            Ok(_) if !place.exists() => {}
            Ok(_) => match behavior {
                FileExistsBehavior::Disallow => in_the_way.add(place),
                FileExistsBehavior::Retain => return Ok(None),
                FileExistsBehavior::Overwrite => {}
            },
        }
    }
    if count < FEW {
        return Ok(None);
    }
    clashes.join(in_the_way);
    Ok(Some(new))
}
