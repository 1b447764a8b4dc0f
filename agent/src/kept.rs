//! Bundles that this host has already: what each of them is, is noted beside it, so that the same one need not be brought
//! again.

use std::fs;
use std::io;
use std::path::Path;

use cutover_wire::agent::order::{Bundle, Work};
use serde::{Deserialize, Serialize};

use crate::layout::{self, Folder, Group};

const VERSION: u32 = 1;

/// `<deployment>/bundle.json`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    v: u32,
    bundle: Bundle,
    bytes: u64,
}

/// Notes what was brought to a deployment's folder.
pub(crate) fn note(bundle: &Bundle, folder: &Folder) -> io::Result<()> {
    let bytes = fs::metadata(folder.bundle())?.len();
    let note = Note { v: VERSION, bundle: bundle.clone(), bytes };
    layout::replace(&folder.bundle_note(), &serde_json::to_string(&note)?)
}

/// Puts the bundle of an order that may do with what is here into its folder. The folder that it is from; `None` if it has to
/// be brought. Where the order does not say which state of an object it means, that is the one which last succeeded here.
pub(crate) fn take(work: &Work, group: &Group, folder: &Folder) -> Option<Folder> {
    if !work.reuse {
        return None;
    }
    let others = if work.bundle.is_pinned() { group.deployments().unwrap_or_default() } else { Vec::new() };
    let mut found = group.last_successful().into_iter().chain(others);
    found.find(|from| {
        from != folder && has(from, &work.bundle) && link(&from.bundle(), &folder.bundle()).is_ok()
    })
}

fn has(folder: &Folder, bundle: &Bundle) -> bool {
    let text = fs::read(folder.bundle_note()).unwrap_or_default();
    let about = fs::symlink_metadata(folder.bundle());
    match (serde_json::from_slice::<Note>(&text), about) {
        (Ok(note), Ok(about)) => {
            note.v == VERSION && note.bundle == *bundle && about.is_file() && about.len() == note.bytes
        }
        _ => false,
    }
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Root;
    use crate::samples;

    fn s3(version: Option<&str>) -> Bundle {
        let version = version.map(str::to_owned);
        Bundle::S3 { bucket: "b".into(), key: "k".into(), bundle_type: "zip".into(), version, etag: None }
    }

    #[test]
    fn the_same_bundle_is_found_and_no_other() {
        let root = tempfile::tempdir().unwrap();
        let group = Root::open(root.path()).unwrap().group("g").unwrap();
        let folder = |id: &str| group.deployment(id).unwrap();
        let put = |id: &str, bundle: &Bundle, content: &str| {
            fs::create_dir_all(folder(id).path()).unwrap();
            fs::write(folder(id).bundle(), content).unwrap();
            note(bundle, &folder(id)).unwrap();
        };
        put("d-1", &s3(Some("1")), "one");
        put("d-2", &s3(Some("2")), "two");
        put("d-3", &s3(None), "three");
        let take_to = |id: &str, bundle: Bundle, reuse: bool| {
            fs::create_dir_all(folder(id).path()).unwrap();
            let work = Work { bundle, reuse, ..samples::order("g").work };
            take(&work, &group, &folder(id)).map(|_| fs::read_to_string(folder(id).bundle()).unwrap())
        };
        assert_eq!(take_to("d-4", s3(Some("1")), true).as_deref(), Some("one"));
        assert_eq!(take_to("d-4", s3(Some("2")), true).as_deref(), Some("two"));
        for (bundle, reuse) in [(s3(Some("3")), true), (s3(Some("1")), false), (s3(None), true)] {
            assert_eq!(take_to("d-5", bundle.clone(), reuse), None, "{bundle:?}");
        }
        // What is no certain state of an object is what last succeeded.
        group.set_last_successful(&folder("d-3")).unwrap();
        assert_eq!(take_to("d-5", s3(None), true).as_deref(), Some("three"));
        // Half a bundle is none, and so is one whose note nobody understands.
        fs::write(folder("d-1").bundle(), "on").unwrap();
        fs::write(folder("d-4").bundle(), "").unwrap();
        assert_eq!(take_to("d-6", s3(Some("1")), true), None);
        fs::write(folder("d-2").bundle_note(), "{}").unwrap();
        assert_eq!(take_to("d-6", s3(Some("2")), true), None);
    }
}
