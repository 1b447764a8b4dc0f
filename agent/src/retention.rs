//! Old revisions of a group: the newest are kept, and whatever the next deployment may need.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::layout::{Folder, Group};

/// Removes the oldest deployments of a group, so that `keep` remain with the current one. Called after the
/// new revision is unpacked: on ext4, files made right after many were deleted are slow to make.
pub(crate) fn prune(group: &Group, current: &Folder, keep: usize) -> io::Result<Vec<PathBuf>> {
    let mut others: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(group.folder())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.path() != current.path() {
            others.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    others.sort();
    let surplus = (others.len() + 1).saturating_sub(keep.max(1));
    let needed = group.last_successful();
    let old = others.into_iter().take(surplus).map(|(_, path)| path);
    let old: Vec<_> = old.filter(|path| needed.as_ref().is_none_or(|needed| needed.path() != path)).collect();
    for path in &old {
        fs::remove_dir_all(path)?;
    }
    Ok(old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Root;
    use std::fs::File;
    use std::time::Duration;

    #[test]
    fn keeps_the_newest_and_the_last_successful() {
        let folder = tempfile::tempdir().unwrap();
        let group = Root::open(folder.path()).unwrap().group("g").unwrap();
        for day in 0..6_u64 {
            let path = group.folder().join(format!("d-{day}"));
            fs::create_dir_all(&path).unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(day * 86_400);
            File::open(&path).unwrap().set_modified(at).unwrap();
        }
        group.set_last_successful(&group.deployment("d-0").unwrap()).unwrap();
        let gone = prune(&group, &group.deployment("d-5").unwrap(), 3).unwrap();
        let names: Vec<_> = gone.iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["d-1", "d-2"]);
        assert!(group.folder().join("d-0").is_dir());
    }
}
