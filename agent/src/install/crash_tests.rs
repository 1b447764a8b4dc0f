//! Installs that die before each of their steps, and undos that die before each of theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use cutover_appspec::{FileExistsBehavior, parse_server};

use super::error::InstallError;
use super::journal::{self, Journal};
use super::{Plan, Recovered, Request, Step, execute, install, plan, recover, undo};
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
        for name in ["adopted", "many/adopted", "many/theirs", "drop/theirs"] {
            fs::write(host.app().join(name), "foreign, too").unwrap();
        }
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
            "many/a",
            "many/mode",
            "many/gone",
            "many/gone too",
            "drop/a",
            "drop/b",
            "drop/c",
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
            "many/a",
            "many/mode",
            "many/new",
            "many/also new",
            "many/adopted",
        ],
    };
    for name in files {
        let path = archive.join("tree").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("{name} of {version}")).unwrap();
    }
    let mode = if version == "v1" { 0o640 } else { 0o755 };
    for name in ["tree/mode", "tree/many/mode"] {
        fs::set_permissions(archive.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    symlink(format!("/nowhere/{version}"), archive.join("tree/many/link")).unwrap();
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

/// Runs an install that dies before its n-th change, as a killed agent leaves it; whether it had so many.
fn die(host: &Host, plan: &Plan, at: usize) -> bool {
    let mut journal = Journal::create(&host.group.journal(), plan).unwrap();
    let changes = AtomicUsize::new(0);
    let gate = |_| if changes.fetch_add(1, Ordering::Relaxed) >= at { Err(crash()) } else { Ok(()) };
    execute::steps(plan, &mut journal, &gate).is_err()
}

#[test]
fn an_install_that_dies_anywhere_is_undone() {
    let before = Host::with_v1().look();
    let plan = Host::with_v1().plan("v2");
    let renewed: Vec<_> = plan.steps.iter().filter(|step| matches!(step, Step::Renew { .. })).collect();
    assert!(plan.steps.len() > 30 && renewed.len() == 2, "{renewed:?}");
    for at in 0.. {
        let host = Host::with_v1();
        if !die(&host, &host.plan("v2"), at) {
            assert!(at > plan.steps.len() + 10, "there are changes within steps, {at} in all");
            break;
        }
        assert_eq!(recover(&host.group).unwrap(), Recovered::Undone);
        assert_eq!(host.look(), before, "dead before change {at}");
        assert_eq!(recover(&host.group).unwrap(), Recovered::Nothing);
    }
}

#[test]
fn an_undo_that_dies_anywhere_is_finished_by_the_next() {
    let before = Host::with_v1().look();
    for at in (0..).step_by(7) {
        for again in 0.. {
            let host = Host::with_v1();
            if !die(&host, &host.plan("v2"), at) {
                return;
            }
            let (plan, mut journal) = journal::read(&host.group.journal()).unwrap().unwrap();
            let changes = AtomicUsize::new(0);
            let gate =
                |_| if changes.fetch_add(1, Ordering::Relaxed) >= again { Err(crash()) } else { Ok(()) };
            let undone = undo::undo(&plan, &mut journal, &gate);
            assert_eq!(recover(&host.group).unwrap(), Recovered::Undone);
            assert_eq!(host.look(), before, "dead before change {at}, its undo before {again}");
            if undone.is_ok() {
                break;
            }
        }
    }
}

#[test]
fn an_undo_that_was_whole_may_be_repeated() {
    let (host, before) = (Host::with_v1(), Host::with_v1().look());
    let plan = host.plan("v2");
    let last = (0..).find(|at| !die(&Host::with_v1(), &Host::with_v1().plan("v2"), *at)).unwrap() - 1;
    assert!(die(&host, &plan, last));
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
    // Put in place by a step of its own, and by the one that renews its directory.
    for place in ["new", "many/new"] {
        let (host, before) = (Host::with_v1(), Host::with_v1().look());
        let plan = host.plan("v2");
        // Somebody takes a place between plan and switch.
        fs::write(host.app().join(place), "somebody's").unwrap();
        let error = install(&plan, &host.group).unwrap_err().to_string();
        assert!(error.contains(&format!("/app/{place} cannot be put in place")), "{error}");
        assert_eq!(fs::read_to_string(host.app().join(place)).unwrap(), "somebody's");
        fs::remove_file(host.app().join(place)).unwrap();
        assert_eq!(host.look(), before);
    }
}

/// Somebody removed it; what it brought is known to be ours nevertheless, and the files of others are not.
#[test]
fn an_install_can_be_ended_without_its_bundle() {
    let straight = Host::with_v1();
    install(&straight.plan("v2"), &straight.group).unwrap();
    let host = Host::with_v1();
    let plan = host.plan("v2");
    let mut journal = Journal::create(&host.group.journal(), &plan).unwrap();
    execute::steps(&plan, &mut journal, &|_| Ok(())).unwrap();
    fs::remove_dir_all(host.folder.path().join("v2")).unwrap();
    assert_eq!(recover(&host.group).unwrap(), Recovered::Finished);
    let listed = |host: &Host| {
        let text = fs::read_to_string(host.group.cleanup()).unwrap();
        let root = host.folder.path().display().to_string();
        text.lines().map(|line| line.replace(&root, "")).collect::<BTreeSet<_>>()
    };
    assert_eq!(listed(&host), listed(&straight));
    let before = Host::with_v1().look();
    for at in 0.. {
        let host = Host::with_v1();
        let died = die(&host, &host.plan("v2"), at);
        fs::remove_dir_all(host.folder.path().join("v2")).unwrap();
        if !died {
            break;
        }
        assert_eq!(recover(&host.group).unwrap(), Recovered::Undone);
        assert_eq!(host.look(), before, "dead before change {at}");
    }
}

/// As an agent of before left it: a directory filled as a whole, and a step for each file that replaces one.
#[test]
fn an_older_journal_is_undone() {
    let (host, before) = (Host::with_v1(), Host::with_v1().look());
    let (app, archive) = (host.app(), host.folder.path().join("v2"));
    bundle(&archive, "v2");
    let text = r#"{"v":3,"deployment":"v2","steps":[{"do":"mkdir","path":"APP/.v2-1.new"},
        {"do":"fill","source":"TREE/fresh/deep","fresh":"APP/.v2-1.new","set":{}},
        {"do":"stage","source":"TREE/same","fresh":"APP/.v2-2.new","set":{"mode":420}},
        {"do":"stage","source":"TREE/mode","fresh":"APP/.v2-3.new","set":{"mode":493}},{"do":"switch"},
        {"do":"swap","fresh":"APP/.v2-1.new","path":"APP/deep","aside":null},
        {"do":"swap","fresh":"APP/.v2-2.new","path":"APP/same","aside":"APP/.v2-4.old"},
        {"do":"swap","fresh":"APP/.v2-3.new","path":"APP/mode","aside":"APP/.v2-5.old"},
        {"do":"aside","path":"APP/gone","aside":"APP/.v2-6.old"}],
        "cleanup":[],"old_folders":[],"retained":[],"warnings":[]}"#;
    let text = text.replace("APP", &app.display().to_string());
    let text = text.replace("TREE", &archive.join("tree").display().to_string()).replace('\n', "");
    fs::create_dir(app.join("deep")).unwrap();
    fs::write(app.join("deep/new"), "new").unwrap();
    fs::rename(app.join("same"), app.join(".v2-4.old")).unwrap();
    fs::write(app.join("same"), "new").unwrap();
    fs::write(app.join(".v2-3.new"), "new").unwrap();
    fs::hard_link(app.join("mode"), app.join(".v2-5.old")).unwrap();
    fs::rename(app.join("gone"), app.join(".v2-6.old")).unwrap();
    fs::write(host.group.journal(), format!("{text}\nstaging\nswitching\n")).unwrap();
    assert_eq!(recover(&host.group).unwrap(), Recovered::Undone);
    assert_eq!(host.look(), before);
}

#[test]
fn a_newer_journal_is_not_touched() {
    let host = Host::with_v1();
    fs::write(host.group.journal(), "{\"v\":5,\"other\":1}\nswitching\n").unwrap();
    let error = recover(&host.group).unwrap_err().to_string();
    assert!(error.contains("version 5") && error.contains("newer agent"), "{error}");
    fs::write(host.group.journal(), "garbage").unwrap();
    assert!(recover(&host.group).unwrap_err().to_string().contains("cannot be understood"));
    assert!(host.group.journal().exists());
}
