//! Bundles like those that people have, and what the official agent makes of them: the files, their modes, the order of
//! scripts, what scripts see, codes and messages. The expectations are read off the sources of its version 1.8 (its
//! installer, its hook executor and their tests) and its user guide; where this agent differs on purpose the sample says so.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{Host, Outcome};

/// A script that notes its name, what it is called at and where it is.
const NOTE: &str = "#!/bin/sh\necho \"$LIFECYCLE_EVENT $(basename $0)\" >> HOSTDIR/said\n";
const ALL: &str = "files: [{ source: web, destination: APPDIR }]\n";

struct Sample {
    name: &'static str,
    /// After `version` and `os`.
    spec: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// What is on the host before, or was deployed.
    before: fn(&Host),
    arguments: &'static [&'static str],
    /// Lines: `said EVENT script`, `failed EVENT code script: message…`, and every file under the application with its mode
    /// and content.
    expected: &'static [&'static str],
}

const SAMPLES: &[Sample] = &[
    Sample {
        name: "one file into a directory that is not there (the user guide's first example)",
        spec: "files: [{ source: /index.html, destination: APPDIR/html }]\n",
        files: &[("index.html", "hello")],
        before: nothing,
        arguments: &[],
        expected: &["html/ 755", "html/index.html 644 hello"],
    },
    Sample {
        name: "everything, AppSpec and scripts among it (WordPress)",
        spec: "files: [{ source: /, destination: APPDIR }]\nhooks:\n\
               \x20 BeforeInstall: [{ location: scripts/install.sh, timeout: 300 }]\n\
               \x20 ApplicationStart: [{ location: scripts/start.sh }, { location: scripts/db.sh, timeout: 30 }]\n\
               \x20 ApplicationStop: [{ location: scripts/stop.sh }]\n",
        files: &[
            ("index.php", "<?php"),
            ("wp/a.php", "a"),
            ("scripts/install.sh", NOTE),
            ("scripts/start.sh", NOTE),
            ("scripts/db.sh", NOTE),
            ("scripts/stop.sh", NOTE),
        ],
        before: nothing,
        arguments: &[],
        expected: &[
            "said BeforeInstall install.sh",
            "said ApplicationStart start.sh",
            "said ApplicationStart db.sh",
            "appspec.yml 644 …",
            "index.php 644 <?php",
            "scripts/ 755",
            "scripts/db.sh 755 …",
            "scripts/install.sh 755 …",
            "scripts/start.sh 755 …",
            "scripts/stop.sh 755 …",
            "wp/ 755",
            "wp/a.php 644 a",
        ],
    },
    Sample {
        name: "every event of a first deployment (the agent's own sample bundle)",
        spec: EVERY_EVENT,
        files: &[("note.sh", NOTE)],
        before: nothing,
        arguments: &[],
        expected: &[
            "said BeforeInstall note.sh",
            "said AfterInstall note.sh",
            "said ApplicationStart note.sh",
            "said ValidateService note.sh",
            "said BeforeAllowTraffic note.sh",
            "said AfterAllowTraffic note.sh",
        ],
    },
    Sample {
        name: "every event of a second one: what comes before the bundle is the last successful revision's",
        spec: "hooks:\n  ApplicationStop: [{ location: new.sh }]\n  BeforeInstall: [{ location: new.sh }]\n",
        files: &[("new.sh", NOTE)],
        before: |host| {
            let bundle = host.bundle("first", EVERY_EVENT, &[("note.sh", NOTE)]);
            host.deploy(&bundle, &[]).good();
            fs::remove_file(host.path("said")).unwrap();
        },
        arguments: &[],
        expected: &[
            "said BeforeBlockTraffic note.sh",
            "said AfterBlockTraffic note.sh",
            "said ApplicationStop note.sh",
            "said BeforeInstall new.sh",
        ],
    },
    Sample {
        name: "several mappings, a directory's content and a file's name",
        spec: "files:\n  - { source: config/app.conf, destination: APPDIR/etc }\n\
               \x20 - { source: web, destination: APPDIR/www/site }\n",
        files: &[("config/app.conf", "c"), ("config/other", "o"), ("web/a", "a"), ("web/sub/b", "b")],
        before: nothing,
        arguments: &[],
        expected: &[
            "etc/ 755",
            "etc/app.conf 644 c",
            "www/ 755",
            "www/site/ 755",
            "www/site/a 644 a",
            "www/site/sub/ 755",
            "www/site/sub/b 644 b",
        ],
    },
    Sample {
        name: "permissions: a pattern for the directory's own files, exceptions, directories apart",
        spec: "files: [{ source: web, destination: APPDIR }]\npermissions:\n\
               \x20 - { object: APPDIR, pattern: '*.sh', except: [keep.sh], mode: '750', type: [file] }\n\
               \x20 - { object: APPDIR/sub, mode: 600, type: [file] }\n\
               \x20 - { object: APPDIR, pattern: '**', mode: 711, type: [directory] }\n",
        files: &[("web/run.sh", "r"), ("web/keep.sh", "k"), ("web/sub/deep/x", "x"), ("web/sub/in.sh", "i")],
        before: nothing,
        arguments: &[],
        expected: &[
            "keep.sh 644 k",
            "run.sh 750 r",
            "sub/ 711",
            "sub/deep/ 711",
            "sub/deep/x 600 x",
            "sub/in.sh 600 i",
        ],
    },
    Sample {
        name: "permissions of one file",
        spec: "files: [{ source: web, destination: APPDIR }]\npermissions:\n\
               \x20 - { object: APPDIR/a, mode: 4755, type: [file] }\n",
        files: &[("web/a", "a"), ("web/b", "b")],
        before: nothing,
        arguments: &[],
        expected: &["a 4755 a", "b 644 b"],
    },
    Sample {
        name: "a file is there: DISALLOW (ours finds it before anything is touched, and says so at the end)",
        spec: ALL,
        files: &[("web/a", "new"), ("web/b", "new")],
        before: theirs,
        arguments: &[],
        expected: &[
            "failed Install 5 : The deployment failed because a specified file already exists at this location: APPDIR/a",
            "a 644 theirs",
        ],
    },
    Sample {
        name: "a file is there: OVERWRITE, by the deployment",
        spec: ALL,
        files: &[("web/a", "new"), ("web/b", "new")],
        before: theirs,
        arguments: &["-b", "OVERWRITE"],
        expected: &["a 644 new", "b 644 new"],
    },
    Sample {
        name: "a file is there: the AppSpec's RETAIN goes before the deployment's OVERWRITE",
        spec: "file_exists_behavior: RETAIN\nfiles: [{ source: web, destination: APPDIR }]\n",
        files: &[("web/a", "new"), ("web/b", "new")],
        before: theirs,
        arguments: &["-b", "OVERWRITE"],
        expected: &["a 644 theirs", "b 644 new"],
    },
    Sample {
        name: "the next revision: what the one before installed goes, what others put there stays",
        spec: ALL,
        files: &[("web/a", "two"), ("web/new/c", "two")],
        before: |host| {
            let files = [("web/a", "one"), ("web/gone", "one"), ("web/old/b", "one"), ("web/mixed/b", "one")];
            let first = host.bundle("first", ALL, &files);
            host.deploy(&first, &[]).good();
            fs::write(host.path("app/mixed/theirs"), "theirs").unwrap();
        },
        arguments: &[],
        expected: &["a 644 two", "mixed/ 755", "mixed/theirs 644 theirs", "new/ 755", "new/c 644 two"],
    },
    Sample {
        name: "a script that is not there",
        spec: "hooks:\n  AfterInstall: [{ location: scripts/no.sh }]\n",
        files: &[],
        before: nothing,
        arguments: &[],
        expected: &["failed AfterInstall 1 scripts/no.sh: Script does not exist at specified location: "],
    },
    Sample {
        name: "a script that fails: those after it do not run",
        spec: "hooks:\n  BeforeInstall: [{ location: fails.sh }, { location: note.sh }]\n\
               \x20 ValidateService: [{ location: note.sh }]\n",
        files: &[("fails.sh", "#!/bin/sh\nexit 3\n"), ("note.sh", NOTE)],
        before: nothing,
        arguments: &[],
        expected: &[
            "failed BeforeInstall 4 fails.sh: Script at specified location: fails.sh failed with exit code 3",
        ],
    },
    Sample {
        name: "a script that takes too long",
        spec: "hooks:\n  ValidateService: [{ location: slow.sh, timeout: 1 }]\n",
        files: &[("slow.sh", "#!/bin/sh\nsleep 30\n")],
        before: nothing,
        arguments: &[],
        expected: &[
            "failed ValidateService 3 slow.sh: Script at specified location: slow.sh failed to complete in 1 seconds",
        ],
    },
    Sample {
        name: "a script that cannot be executed is made so",
        spec: "hooks:\n  AfterInstall: [{ location: note.sh }]\n",
        files: &[("note.sh", " #!/bin/sh\necho \"$LIFECYCLE_EVENT $(basename $0)\" >> HOSTDIR/said\n")],
        before: nothing,
        arguments: &[],
        expected: &["said AfterInstall note.sh"],
    },
    Sample {
        name: "another name for the AppSpec, which the deployment tells",
        spec: "hooks:\n  AfterInstall: [{ location: no.sh }]\n",
        files: &[
            ("note.sh", NOTE),
            ("other.yml", "version: 0.0\nos: linux\nhooks:\n  AfterInstall: [{ location: note.sh }]\n"),
        ],
        before: nothing,
        arguments: &["-A", "other.yml"],
        expected: &["said AfterInstall note.sh"],
    },
    Sample {
        name: "some events only, in the order that was asked for",
        spec: EVERY_EVENT,
        files: &[("note.sh", NOTE)],
        before: nothing,
        arguments: &["-e", "DownloadBundle,Install,ValidateService"],
        expected: &["said ValidateService note.sh"],
    },
    Sample {
        name: "an AppSpec that is wrong (ours says so with the bundle, not at the first event that reads it, and where)",
        spec: "files: [{ destination: APPDIR }]\n",
        files: &[],
        before: nothing,
        arguments: &[],
        expected: &["failed DownloadBundle 5 : …line 3, column 9: files[0] has no source"],
    },
];

const EVERY_EVENT: &str = "hooks:\n  BeforeBlockTraffic: [{ location: note.sh }]\n  AfterBlockTraffic: [{ location: note.sh }]\n\
    \x20 ApplicationStop: [{ location: note.sh }]\n  BeforeInstall: [{ location: note.sh }]\n\
    \x20 AfterInstall: [{ location: note.sh }]\n  ApplicationStart: [{ location: note.sh }]\n\
    \x20 ValidateService: [{ location: note.sh }]\n  BeforeAllowTraffic: [{ location: note.sh }]\n\
    \x20 AfterAllowTraffic: [{ location: note.sh }]\n";

fn nothing(_: &Host) {}

fn theirs(host: &Host) {
    fs::create_dir(host.path("app")).unwrap();
    fs::write(host.path("app/a"), "theirs").unwrap();
    fs::set_permissions(host.path("app/a"), fs::Permissions::from_mode(0o644)).unwrap();
}

#[test]
fn bundles_end_as_the_official_agent_ends_them() {
    for sample in SAMPLES {
        let host = Host::new();
        (sample.before)(&host);
        let bundle = host.bundle("bundle", sample.spec, sample.files);
        let outcome = host.deploy(&bundle, sample.arguments);
        let app = host.path("app").display().to_string();
        let expected: Vec<_> = sample.expected.iter().map(|line| line.replace("APPDIR", &app)).collect();
        let mut found = said(&host);
        found.extend(failed(&outcome));
        found.extend(tree(&host));
        assert_eq!(found.len(), expected.len(), "{}: {found:#?} {}", sample.name, outcome.said);
        for (found, expected) in found.iter().zip(&expected) {
            // What begins so, and, after dots, has this in it.
            let (begin, within) = expected.split_once('…').unwrap_or((expected, ""));
            let same = if expected.contains('…') || expected.starts_with("failed") {
                found.starts_with(begin) && found.contains(within)
            } else {
                found == expected
            };
            assert!(same, "{}: {found:?} is not {expected:?}", sample.name);
        }
    }
}

fn said(host: &Host) -> Vec<String> {
    let said = fs::read_to_string(host.path("said")).unwrap_or_default();
    said.lines().map(|line| format!("said {line}")).collect()
}

fn failed(outcome: &Outcome) -> Option<String> {
    let events = outcome.said["events"].as_array().cloned().unwrap_or_default();
    let event = events.iter().find(|event| event["status"] == "Failed")?;
    let of = |key: &str| event["diagnostics"][key].as_str().unwrap_or_default();
    let (script, message) = (of("script_name"), of("message"));
    let code = &event["diagnostics"]["error_code"];
    Some(format!("failed {} {code} {script}: {message}", event["event"].as_str().unwrap()))
}

fn tree(host: &Host) -> Vec<String> {
    let (mut found, app) = (Vec::new(), host.path("app"));
    if app.exists() {
        walk(&app, &app, &mut found);
    }
    found.sort();
    found
}

fn walk(top: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(top).unwrap().display().to_string();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        if path.is_dir() {
            found.push(format!("{name}/ {mode:o}"));
            walk(top, &path, found);
        } else {
            found.push(format!("{name} {mode:o} {}", fs::read_to_string(&path).unwrap()));
        }
    }
}

/// What a script finds in its environment, and how its output is kept.
#[test]
fn scripts_see_and_leave_what_they_do_with_the_official_agent() {
    let host = Host::new();
    let script = "#!/bin/sh\nenv | grep -E '^(APPLICATION_NAME|DEPLOYMENT_|LIFECYCLE_EVENT|BUNDLE_)' | sort > HOSTDIR/env\n\
                  pwd > HOSTDIR/pwd\necho out\necho err >&2\ncat\n";
    let spec = "hooks:\n  AfterInstall: [{ location: bin/env.sh }]\n";
    let bundle = host.bundle("bundle", spec, &[("bin/env.sh", script)]);
    let outcome =
        host.deploy(&bundle, &["--application-name", "shop", "--deployment-group-name", "web"]).good();
    let id = outcome.said["deployment_id"].as_str().unwrap();
    let seen = host.read("env");
    for line in [
        "APPLICATION_NAME=shop",
        "DEPLOYMENT_GROUP_ID=g",
        "DEPLOYMENT_GROUP_NAME=web",
        &format!("DEPLOYMENT_ID={id}"),
        "LIFECYCLE_EVENT=AfterInstall",
    ] {
        assert!(seen.lines().any(|found| found == line), "{line}: {seen}");
    }
    let log = host.read(&format!("root/g/{id}/logs/scripts.log"));
    let lines = ["LifecycleEvent - AfterInstall", "Script - bin/env.sh", "[stdout]out", "[stderr]err"];
    assert!(lines.iter().all(|line| log.lines().any(|found| found.ends_with(line))), "{log}");
}
