//! What is refused, kept and given before anything is touched.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use cutover_appspec::{FileExistsBehavior, parse_server};

use super::{InstallError, Plan, Request, Step, install, plan};
use crate::layout::{Group, Root};

/// A bundle with `a`, `bin/run`, and `sub/deep/b`, and an AppSpec in whose text APP is a new directory.
fn planned(
    spec: &str,
    prepare: impl FnOnce(&Path, &Path),
) -> (Result<Plan, InstallError>, Group, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (archive, app) = (folder.path().join("archive"), folder.path().join("app"));
    for name in ["a", "bin/run", "sub/deep/b"] {
        fs::create_dir_all(archive.join(name).parent().unwrap()).unwrap();
        fs::write(archive.join(name), name).unwrap();
    }
    fs::create_dir(&app).unwrap();
    prepare(&archive, &app);
    let text = format!("version: 0.0\nos: linux\n{}", spec.replace("APP", &app.display().to_string()));
    let spec = parse_server(&text).unwrap();
    let group = Root::open(&folder.path().join("root")).unwrap().group("g").unwrap();
    let file_exists = FileExistsBehavior::Disallow;
    let request = Request { deployment: "d-1", archive: &archive, spec: &spec, file_exists };
    (plan(request, &group), group, folder)
}

const ALL: &str = "files: [{ source: /, destination: APP }]\n";

#[test]
fn refusals_name_the_place_and_touch_nothing() {
    type Prepare = fn(&Path, &Path);
    let nothing: Prepare = |_, _| {};
    let cases: &[(&str, Prepare, &str)] = &[
        (ALL, |_, app| fs::write(app.join("a"), "x").unwrap(), "already exists at this location: "),
        (ALL, |_, app| fs::create_dir(app.join("a")).unwrap(), "is a directory, but the revision has a file"),
        (
            ALL,
            |_, app| fs::write(app.join("bin"), "x").unwrap(),
            "is a file, but the revision has a directory",
        ),
        ("files: [{ source: ../x, destination: APP }]\n", nothing, "leads out of the bundle"),
        ("files: [{ source: b*, destination: APP }]\n", nothing, "is not in the bundle"),
        (
            "files: [{ source: out/hosts, destination: APP }]\n",
            |archive, _| symlink("/etc", archive.join("out")).unwrap(),
            "through a link",
        ),
        (
            "files: [{ source: out, destination: APP }]\n",
            |archive, _| symlink("/etc", archive.join("out")).unwrap(),
            "through a link",
        ),
        ("files: [{ source: /, destination: app }]\n", nothing, "not a whole path"),
        (
            "files: [{ source: a, destination: APP }, { source: c/a, destination: APP }]\n",
            |archive, _| {
                fs::create_dir(archive.join("c")).unwrap();
                fs::write(archive.join("c/a"), "x").unwrap();
            },
            "for the same destination",
        ),
        (
            "files: [{ source: /, destination: APP }, { source: a, destination: APP/link/x }]\n",
            |archive, _| symlink("/tmp", archive.join("link")).unwrap(),
            "which the revision makes a link",
        ),
        (
            ALL,
            |archive, _| symlink("..", archive.join("sub/up")).unwrap(),
            "link to a directory that it lies in",
        ),
        (
            &format!("{ALL}permissions: [{{ object: APP, owner: no-such-user }}]\n"),
            nothing,
            "who does not exist",
        ),
        (
            &format!("{ALL}permissions: [{{ object: APP, mode: 644 }}, {{ object: APP/bin, mode: 755 }}]\n"),
            nothing,
            "more than once",
        ),
        (
            &format!("{ALL}permissions: [{{ object: APP/a, pattern: '*', mode: 644 }}]\n"),
            nothing,
            "for a single file",
        ),
    ];
    for (spec, prepare, expected) in cases {
        let (planned, group, _folder) = planned(spec, prepare);
        let error = planned.unwrap_err().to_string();
        assert!(error.contains(expected), "{spec}: {error}");
        assert!(!group.journal().exists() && !group.install_record().exists());
    }
}

#[test]
fn all_collisions_are_named_at_once() {
    let (planned, ..) = planned(ALL, |_, app| {
        fs::create_dir(app.join("bin")).unwrap();
        fs::write(app.join("a"), "x").unwrap();
        fs::write(app.join("bin/run"), "x").unwrap();
    });
    let error = planned.unwrap_err().to_string();
    assert!(error.contains("/app/a (and 1 more: ") && error.contains("/app/bin/run)"), "{error}");
}

#[test]
fn very_many_collisions_are_counted() {
    let name = |n: usize| format!("bin/{n:03}");
    let (planned, ..) = planned(ALL, |archive, app| {
        fs::create_dir(app.join("bin")).unwrap();
        fs::write(app.join("a"), "x").unwrap();
        for (n, folder) in (0..150).flat_map(|n| [(n, archive), (n, app)]) {
            fs::write(folder.join(name(n)), "x").unwrap();
        }
    });
    let error = planned.unwrap_err().to_string();
    let says = |text: &str| error.contains(text);
    assert!(says("/app/a (and 150 more: ") && says(", and 51 that are not named here)"), "{error}");
    assert!(says(&name(98)) && !says(&name(99)), "{error}");
}

/// Directories of which all files can be put in their places by one step.
#[test]
fn directories_that_are_there_are_renewed_unless_some_file_needs_a_step_of_its_own() {
    type Prepare = fn(&Path, &Path);
    let many = |archive: &Path, app: &Path| {
        fs::create_dir(app.join("bin")).unwrap();
        ["bin/b", "bin/c"].iter().for_each(|name| fs::write(archive.join(name), name).unwrap());
    };
    let cases: &[(&str, &str, Prepare, usize)] = &[
        ("DISALLOW", "", |_, _| {}, 1),
        ("DISALLOW", "", |_, app| fs::write(app.join("bin/x"), "theirs").unwrap(), 1),
        ("DISALLOW", "", |_, app| symlink("/nowhere", app.join("bin/b")).unwrap(), 1),
        ("DISALLOW", "", |archive, _| fs::remove_file(archive.join("bin/b")).unwrap(), 0),
        ("OVERWRITE", "", |_, app| fs::write(app.join("bin/b"), "theirs").unwrap(), 1),
        ("RETAIN", "", |_, app| fs::write(app.join("bin/x"), "theirs").unwrap(), 1),
        ("RETAIN", "", |_, app| fs::write(app.join("bin/b"), "theirs").unwrap(), 0),
        ("RETAIN", "", |_, app| symlink("../bin", app.join("bin/b")).unwrap(), 0),
        ("DISALLOW", "permissions: [{ object: APP/bin, pattern: b*, mode: 600 }]\n", |_, _| {}, 0),
        ("DISALLOW", "permissions: [{ object: APP/bin, mode: 600, type: [file] }]\n", |_, _| {}, 1),
    ];
    for (behavior, more, prepare, expected) in cases {
        let spec = format!("{ALL}file_exists_behavior: {behavior}\n{more}");
        let (planned, group, folder) = planned(&spec, |archive, app| {
            many(archive, app);
            prepare(archive, app);
        });
        let plan = planned.unwrap();
        let renewed = plan.steps.iter().filter(|step| matches!(step, Step::Renew { .. })).count();
        assert_eq!(renewed, *expected, "{spec}");
        install(&plan, &group).unwrap();
        let (app, archive) = (folder.path().join("app"), folder.path().join("archive"));
        for name in ["bin/run", "bin/c"] {
            let same = fs::read(app.join(name)).unwrap() == fs::read(archive.join(name)).unwrap();
            assert!(same, "{spec}: {name}");
        }
        let mode = fs::metadata(app.join("bin/run")).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode == 0o600, more.contains("600, type"), "{spec}");
        let theirs = fs::read_to_string(app.join("bin/x")).ok();
        assert!(theirs.is_none_or(|text| text == "theirs"), "{spec}");
        let left = fs::read_dir(app.join("bin")).unwrap().map(|entry| entry.unwrap().file_name());
        let hidden: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
        assert!(hidden.is_empty(), "{spec}: {hidden:?}");
    }
}

#[test]
fn retained_files_stay_and_are_not_cleaned_up() {
    let (planned, group, folder) = planned(&format!("{ALL}file_exists_behavior: RETAIN\n"), |_, app| {
        fs::write(app.join("a"), "theirs").unwrap();
        symlink("/nowhere", app.join("dangling")).unwrap();
    });
    let plan = planned.unwrap();
    install(&plan, &group).unwrap();
    let app = folder.path().join("app");
    assert_eq!(fs::read_to_string(app.join("a")).unwrap(), "theirs");
    let cleanup = fs::read_to_string(group.cleanup()).unwrap();
    assert!(cleanup.ends_with("/app/sub/deep/b\n") && !cleanup.contains("/app/a\n"), "{cleanup}");
    assert!(!cleanup.contains("/app\n"), "a directory that was there is not ours: {cleanup}");
}

#[test]
fn links_are_never_written_through() {
    let (planned, group, folder) =
        planned(&format!("{ALL}file_exists_behavior: OVERWRITE\n"), |archive, app| {
            fs::write(app.with_file_name("precious"), "precious").unwrap();
            symlink("../precious", app.join("a")).unwrap();
            symlink("/etc", archive.join("outside")).unwrap();
            symlink("sub", archive.join("inside")).unwrap();
        });
    install(&planned.unwrap(), &group).unwrap();
    let app = folder.path().join("app");
    assert_eq!(fs::read_to_string(folder.path().join("precious")).unwrap(), "precious");
    assert_eq!(fs::read_to_string(app.join("a")).unwrap(), "a");
    assert!(fs::symlink_metadata(app.join("outside")).unwrap().is_symlink());
    assert!(fs::symlink_metadata(app.join("inside")).unwrap().is_dir(), "as the official agent does");
    assert!(app.join("inside/deep/b").is_file());
}

#[test]
fn permissions_hold_for_what_is_installed() {
    let spec = format!(
        "{ALL}permissions:\n  - {{ object: APP/bin, pattern: '*', mode: 4750, type: [file] }}\n\
         \x20 - {{ object: APP/sub, mode: 700, type: [directory] }}\n  - {{ object: APP/nothing, mode: 700 }}\n"
    );
    let (planned, group, folder) = planned(&spec, |archive, _| {
        fs::set_permissions(archive.join("a"), fs::Permissions::from_mode(0o604)).unwrap();
    });
    let plan = planned.unwrap();
    assert_eq!(plan.warnings.len(), 1, "{:?}", plan.warnings);
    install(&plan, &group).unwrap();
    let mode = |name: &str| {
        fs::metadata(folder.path().join("app").join(name)).unwrap().permissions().mode() & 0o7777
    };
    assert_eq!(["a", "bin/run", "bin", "sub", "sub/deep"].map(mode), [0o604, 0o4750, 0o755, 0o755, 0o700]);
    let record = fs::read_to_string(group.install_record()).unwrap();
    assert!(record.starts_with("{\"instructions\":[{") && record.contains("\"mode\":\"4750\""), "{record}");
}

#[test]
fn new_directories_are_filled_without_a_list_of_their_files() {
    let rule = |object: &str, rule: &str| {
        format!("{ALL}permissions: [{{ object: {object}, {rule}, mode: 600, type: [file] }}]\n")
    };
    let both = "files: [{ source: /, destination: APP }, { source: a, destination: APP/bin }]\n";
    for (spec, filled, modes) in [
        (ALL.to_owned(), 2, [0o644, 0o644]),
        (rule("APP", "pattern: '**'"), 2, [0o600, 0o600]),
        (rule("APP", "pattern: '**', except: [a]"), 2, [0o600, 0o600]),
        (rule("APP", "pattern: '*'"), 2, [0o644, 0o644]),
        (rule("APP/bin", "pattern: '**'"), 2, [0o600, 0o644]),
        (rule("APP/bin", "pattern: r*"), 1, [0o600, 0o644]),
        (rule("APP/bin", "pattern: '**', except: [x]"), 1, [0o600, 0o644]),
        (rule("APP/sub/deep/b", "pattern: '**'"), 1, [0o644, 0o600]),
        (both.to_owned(), 0, [0o644; 2]),
    ] {
        let (planned, group, folder) = planned(&spec, |_, _| {});
        let plan = planned.unwrap();
        let fills = plan.steps.iter().filter(|step| matches!(step, Step::Fill { .. })).count();
        assert_eq!((fills, plan.warnings.len()), (filled, 0), "{spec}: {:?}", plan.warnings);
        install(&plan, &group).unwrap();
        let app = folder.path().join("app");
        let mode = |name: &str| fs::metadata(app.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(["bin/run", "sub/deep/b"].map(mode), modes, "{spec}");
        let cleanup = fs::read_to_string(group.cleanup()).unwrap();
        for path in ["/app/a", "/app/bin", "/app/bin/run", "/app/sub/deep", "/app/sub/deep/b"] {
            assert!(cleanup.lines().any(|line| line.ends_with(path)), "{spec}: {path} in {cleanup}");
        }
    }
    let acl = "pattern: '**', acls: ['u:65534:r']";
    let plan = planned(&rule("APP/sub", acl), |_, _| {}).0.unwrap();
    assert_eq!(plan.steps.iter().filter(|step| matches!(step, Step::Fill { .. })).count(), 1);
}

#[test]
fn what_lies_behind_a_new_link_is_not_removed() {
    let (planned, group, folder) = planned(ALL, |_, _| {});
    install(&planned.unwrap(), &group).unwrap();
    let (app, elsewhere) = (folder.path().join("app"), folder.path().join("elsewhere"));
    fs::rename(app.join("sub"), &elsewhere).unwrap();
    symlink(&elsewhere, app.join("sub")).unwrap();
    let spec = parse_server("version: 0.0\nos: linux\n").unwrap();
    let file_exists = FileExistsBehavior::Disallow;
    let archive = folder.path().join("archive");
    let plan =
        plan(Request { deployment: "d-2", archive: &archive, spec: &spec, file_exists }, &group).unwrap();
    assert!(!plan.steps.iter().any(|step| matches!(step, Step::Aside { path, .. } if path.ends_with("b"))));
    install(&plan, &group).unwrap();
    assert!(elsewhere.join("deep/b").exists() && !app.join("a").exists());
    assert_eq!(plan.warnings.len(), 2, "{:?}", plan.warnings);
}

#[test]
fn access_control_lists_are_set_where_there_are_some() {
    let spec = format!(
        "{ALL}permissions: [{{ object: APP/bin/run, mode: 640, acls: ['u:65534:rw'], type: [file] }}]\n"
    );
    let (planned, group, folder) = planned(&spec, |_, _| {});
    let run = folder.path().join("app/bin/run");
    match install(&planned.unwrap(), &group) {
        Ok(()) => {
            let mut list = [0; 256];
            let bytes = rustix::fs::getxattr(&run, "system.posix_acl_access", &mut list).unwrap();
            assert_eq!(bytes, 4 + 8 * 5);
        }
        Err(error) => {
            assert!(error.to_string().contains("no access control lists"), "{error}");
            assert!(!run.exists(), "it is undone");
        }
    }
}
