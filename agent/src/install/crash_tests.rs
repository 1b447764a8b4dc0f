//! Installs that die before each of their steps, and undos that die before each of theirs.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cutover_appspec::{FileExistsBehavior, parse_server};

use super::error::InstallError;
use super::journal::{self, Journal};
use super::{Plan, Recovered, Request, execute, install, plan, recover, undo};
use crate::layout::{Group, Root};

struct Host {
    folder: tempfile::TempDir,
    group: Group,
}

impl Host {
    fn new() -> Self {
        // In memory where that can be had: what is synced a thousand times here need not reach a disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let group = Root::open(&folder.path().join("root")).unwrap().group("g").unwrap();
        Self { folder, group }
    }

    fn app(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    fn plan(&self, version: &str) -> Plan {
        let archive = self.folder.path().join(version);
        if !archive.exists() {
            bundle(&archive, version);
        }
        let app = self.app().display().to_string();
        let mode = if version == "v1" { "755" } else { "750" };
        let text = format!(
            "version: 0.0\nos: linux\nfiles:\n  - {{ source: tree, destination: {app} }}\n\
             permissions:\n  - {{ object: {app}, pattern: '**', type: [directory], mode: {mode} }}\n\
             file_exists_behavior: OVERWRITE\n"
        );
        let spec = parse_server(&text).unwrap();
        let file_exists = FileExistsBehavior::Disallow;
        let request = Request { deployment: version, archive: &archive, spec: &spec, file_exists };
        plan(request, &self.group).unwrap()
    }

    /// A host on which the first version is in place, beside somebody else's files.
    fn with_v1() -> Self {
        let host = Self::new();
        fs::create_dir_all(host.app().join("mine/sub")).unwrap();
        fs::write(host.app().join("mine/own"), "own").unwrap();
        fs::write(host.app().join("overwritten"), "foreign").unwrap();
        install(&host.plan("v1"), &host.group).unwrap();
        fs::write(host.app().join("mine/later"), "later").unwrap();
        fs::write(host.app().join("adopted"), "foreign, too").unwrap();
        host
    }

    /// Everything under the application, and what is known of it.
    fn look(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        look(&self.app(), &mut found);
        found.insert("cleanup".into(), fs::read_to_string(self.group.cleanup()).unwrap_or_default());
        let local = |(path, text): (PathBuf, String)| {
            let root = self.folder.path().display().to_string();
            (path.strip_prefix(&root).unwrap_or(&path).to_owned(), text.replace(&root, ""))
        };
        found.into_iter().map(local).collect()
    }
}

fn look(path: &Path, found: &mut BTreeMap<PathBuf, String>) {
    let about = fs::symlink_metadata(path).unwrap();
    let what = if about.is_symlink() {
        format!("link to {}", fs::read_link(path).unwrap().display())
    } else if about.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            look(&entry.unwrap().path(), found);
        }
        format!("folder {:o}", about.permissions().mode())
    } else {
        format!("file {:o} {}", about.permissions().mode(), fs::read_to_string(path).unwrap())
    };
    found.insert(path.to_owned(), what);
}

fn bundle(archive: &Path, version: &str) {
    let files: &[&str] = match version {
        "v1" => &[
            "same",
            "mode",
            "gone",
            "old/deep/gone",
            "shape/was/folder",
            "turns",
            "overwritten",
            "mine/ours",
        ],
        _ => &[
            "same",
            "mode",
            "new",
            "fresh/deep/new",
            "shape",
            "turns/into/folder",
            "adopted",
            "mine/ours",
            "mine/own",
        ],
    };
    for name in files {
        let path = archive.join("tree").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("{name} of {version}")).unwrap();
    }
    let mode = if version == "v1" { 0o640 } else { 0o755 };
    fs::set_permissions(archive.join("tree/mode"), fs::Permissions::from_mode(mode)).unwrap();
    symlink(format!("/nowhere/{version}"), archive.join("tree/link")).unwrap();
    // A link of the first version, to a directory of somebody else, is a directory in the second.
    if version == "v1" {
        symlink(archive.with_file_name("app/mine"), archive.join("tree/away")).unwrap();
    } else {
        fs::create_dir_all(archive.join("tree/away/sub")).unwrap();
        fs::write(archive.join("tree/away/own"), "new").unwrap();
    }
}

fn crash() -> InstallError {
    InstallError::Destination("crash".into())
}

/// Runs an install that dies before its n-th step, as a killed agent leaves it.
fn die(host: &Host, plan: &Plan, at: usize) {
    let mut journal = Journal::create(&host.group.journal(), plan).unwrap();
    let gate = |index| if index == at { Err(crash()) } else { Ok(()) };
    execute::steps(plan, &mut journal, &gate).unwrap_err();
}

#[test]
fn an_install_that_dies_anywhere_is_undone() {
    let before = Host::with_v1().look();
    let steps = Host::with_v1().plan("v2").steps.len();
    assert!(steps > 20, "{steps}");
    for at in 0..=steps {
        let host = Host::with_v1();
        die(&host, &host.plan("v2"), at);
        assert_eq!(recover(&host.group).unwrap(), Recovered::Undone);
        assert_eq!(host.look(), before, "dead before step {at}");
        assert_eq!(recover(&host.group).unwrap(), Recovered::Nothing);
    }
}

#[test]
fn an_undo_that_dies_anywhere_is_finished_by_the_next() {
    let before = Host::with_v1().look();
    let steps = Host::with_v1().plan("v2").steps.len();
    for at in (0..=steps).step_by(3) {
        for again in 0..steps {
            let host = Host::with_v1();
            die(&host, &host.plan("v2"), at);
            let (plan, mut journal) = journal::read(&host.group.journal()).unwrap().unwrap();
            let gate = |index| if index == again { Err(crash()) } else { Ok(()) };
            let _ = undo::undo(&plan, &mut journal, &gate);
            assert_eq!(recover(&host.group).unwrap(), Recovered::Undone);
            assert_eq!(host.look(), before, "dead before step {at}, its undo before {again}");
        }
    }
}

#[test]
fn an_undo_that_was_whole_may_be_repeated() {
    let (host, before) = (Host::with_v1(), Host::with_v1().look());
    let plan = host.plan("v2");
    die(&host, &plan, plan.steps.len());
    for _ in 0..3 {
        let (plan, mut journal) = journal::read(&host.group.journal()).unwrap().unwrap();
        undo::undo(&plan, &mut journal, &|_| Ok(())).unwrap();
        assert_eq!(host.look(), before);
    }
}

#[test]
fn an_install_that_ended_is_tidied_up_as_often_as_it_takes() {
    let straight = Host::with_v1();
    install(&straight.plan("v2"), &straight.group).unwrap();
    let host = Host::with_v1();
    let plan = host.plan("v2");
    let mut journal = Journal::create(&host.group.journal(), &plan).unwrap();
    execute::steps(&plan, &mut journal, &|_| Ok(())).unwrap();
    assert_eq!(recover(&host.group).unwrap(), Recovered::Finished);
    assert_eq!(host.look(), straight.look());
    execute::finish(&plan, &host.group).unwrap();
    assert_eq!(host.look(), straight.look());
    let there = |name: &str| straight.app().join(name).exists();
    assert!(there("mine/later") && there("turns/into/folder") && !there("old") && !there("gone"));
    assert!(
        straight.look().keys().all(|path| !path.to_string_lossy().contains("/.v")),
        "nothing is left over"
    );
}

#[test]
fn an_install_that_fails_is_undone_at_once() {
    let (host, before) = (Host::with_v1(), Host::with_v1().look());
    let plan = host.plan("v2");
    // Somebody takes a place between plan and switch.
    fs::write(host.app().join("new"), "somebody's").unwrap();
    let error = install(&plan, &host.group).unwrap_err().to_string();
    assert!(error.contains("/app/new cannot be put in place"), "{error}");
    assert_eq!(fs::read_to_string(host.app().join("new")).unwrap(), "somebody's");
    fs::remove_file(host.app().join("new")).unwrap();
    assert_eq!(host.look(), before);
}

#[test]
fn a_newer_journal_is_not_touched() {
    let host = Host::with_v1();
    fs::write(host.group.journal(), "{\"v\":4,\"other\":1}\nswitching\n").unwrap();
    let error = recover(&host.group).unwrap_err().to_string();
    assert!(error.contains("version 4") && error.contains("newer agent"), "{error}");
    fs::write(host.group.journal(), "garbage").unwrap();
    assert!(recover(&host.group).unwrap_err().to_string().contains("cannot be understood"));
    assert!(host.group.journal().exists());
}
