//! Deployments from bundle to bundle, with real files.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use common::Host;

const FILES: &str = "files: [{ source: web, destination: APPDIR }]\n";

#[test]
fn the_layout_is_the_official_agents() {
    let host = Host::new();
    let bundle = host.bundle("b", FILES, &[("web/index.html", "one")]);
    let zip = host.path("b.zip");
    assert!(
        Command::new("zip").args(["-qr"]).arg(&zip).arg(".").current_dir(&bundle).status().unwrap().success()
    );
    let outcome = host.deploy(&zip, &["-t", "zip"]).good();
    let id = outcome.said["deployment_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("d-") && id.ends_with("-local") && id.len() == 17, "{id}");
    let here = fs::canonicalize(host.path("root/g")).unwrap().join(&id);
    assert_eq!(fs::read_link(here.join("bundle.tar")).unwrap(), fs::canonicalize(&zip).unwrap());
    assert!(here.join("deployment-archive/appspec.yml").is_file() && here.join("logs/scripts.log").is_file());
    for pointer in ["g_last_successful_install", "g_most_recent_install"] {
        assert_eq!(host.read(&format!("root/deployment-instructions/{pointer}")), here.display().to_string());
    }
    let app = host.path("app").display().to_string();
    let cleanup = host.read("root/deployment-instructions/g-cleanup");
    assert_eq!(cleanup, format!("{app}\n{app}/index.html\n"));
    assert!(host.read("root/deployment-instructions/g-install.json").contains("\"type\":\"copy\""));
    assert!(host.path("root/deployment-logs/codedeploy-agent-deployments.log").is_file());
    assert!(!host.path("root/deployment-instructions/g-install.journal").exists());
}

#[test]
fn a_revision_can_be_tried_under_a_root_of_its_own() {
    let host = Host::new();
    let script = "#!/bin/sh\ncat \"$CUTOVER_INSTALL_ROOT/srv/cutover-test/page\" > HOSTDIR/seen\n";
    let spec = "files: [{ source: web, destination: /srv/cutover-test }]\n\
                permissions: [{ object: /srv/cutover-test, mode: '600', type: [file] }]\n\
                hooks:\n  ValidateService: [{ location: check.sh }]\n";
    for text in ["one", "two"] {
        let bundle = host.bundle(text, spec, &[("web/page", text), ("check.sh", script)]);
        let root = host.path("tried").display().to_string();
        host.deploy(&bundle, &["--install-root", &root]).good();
        assert_eq!((host.read("seen"), host.read("tried/srv/cutover-test/page")), (text.into(), text.into()));
        let page = fs::metadata(host.path("tried/srv/cutover-test/page")).unwrap();
        assert_eq!(page.permissions().mode() & 0o777, 0o600);
    }
    assert!(!std::path::Path::new("/srv/cutover-test").exists());
}

#[test]
fn a_collision_leaves_the_previous_version_as_it_is() {
    let host = Host::new();
    let one = host.bundle("one", FILES, &[("web/a", "one")]);
    let two = host.bundle("two", FILES, &[("web/a", "two"), ("web/foreign", "two")]);
    host.deploy(&one, &[]).good();
    fs::write(host.path("app/foreign"), "theirs").unwrap();
    let outcome = host.deploy(&two, &[]);
    let (code, script, message) = outcome.failure("Install");
    let foreign = host.path("app/foreign").display().to_string();
    let expected =
        format!("The deployment failed because a specified file already exists at this location: {foreign}");
    assert!(code == 5 && script.is_empty() && message.starts_with(&expected), "{message}");
    assert_eq!((host.read("app/a"), host.read("app/foreign")), ("one".into(), "theirs".into()));
    assert_eq!(outcome.event("AfterInstall")["status"], "Skipped");
    host.deploy(&two, &["-b", "OVERWRITE"]).good();
    assert_eq!((host.read("app/a"), host.read("app/foreign")), ("two".into(), "two".into()));
    host.deploy(&one, &[]).good();
    assert!(!host.path("app/foreign").exists());
}

#[test]
fn stop_scripts_are_those_of_the_revision_that_last_succeeded() {
    let host = Host::new();
    let spec = "hooks:\n  ApplicationStop: [{ location: stop }]\n  ValidateService: [{ location: check }]\n";
    let revision = |name: &str, stop: &str, check: &str| {
        let say = format!("#!/bin/sh\necho {name} >> HOSTDIR/stops\n{stop}\n");
        host.bundle(name, spec, &[("stop", &say), ("check", &format!("#!/bin/sh\n{check}\n"))])
    };
    host.deploy(&revision("one", "exit 0", "exit 0"), &[]).good();
    assert!(!host.path("stops").exists(), "a first deployment runs none");
    let two = revision("two", "exit 0", "exit 3");
    let (code, script, message) = host.deploy(&two, &[]).failure("ValidateService");
    assert_eq!((code, script.as_str()), (4, "check"));
    assert_eq!(message, "Script at specified location: check failed with exit code 3");
    host.deploy(&revision("three", "exit 7", "exit 0"), &[]).good();
    assert_eq!(host.read("stops"), "one\none\n", "a revision that failed is not one to stop");
    let four = revision("four", "exit 0", "exit 0");
    assert_eq!(host.deploy(&four, &[]).failure("ApplicationStop").0, 4);
    let outcome = host.deploy(&four, &["--ignore-application-stop-failures"]).good();
    assert_eq!(outcome.event("ApplicationStop")["status"], "Ignored");
}

#[test]
fn a_renamed_appspec_does_not_hide_the_previous_one() {
    let host = Host::new();
    let hooks = "hooks:\n  ApplicationStop: [{ location: stop }]\n";
    let stop = [("stop", "#!/bin/sh\necho stopped > HOSTDIR/stopped\n")];
    host.deploy(&host.bundle("one", hooks, &stop), &[]).good();
    let two = host.bundle("two", hooks, &stop);
    fs::rename(two.join("appspec.yml"), two.join("deploy.yml")).unwrap();
    host.deploy(&two, &["-A", "deploy.yml"]).good();
    assert_eq!(host.read("stopped"), "stopped\n");
}

#[test]
fn an_agent_killed_in_the_middle_of_an_install_is_undone_at_the_next_start() {
    let host = Host::new();
    let names: Vec<String> = (0..400).map(|n| format!("web/{}/{n}", n % 20)).collect();
    let files = |text| names.iter().map(|name| (name.as_str(), text)).collect::<Vec<_>>();
    let (one, two) = (host.bundle("one", FILES, &files("one")), host.bundle("two", FILES, &files("two")));
    host.deploy(&one, &[]).good();
    let journal = host.path("root/deployment-instructions/g-install.journal");
    let empty = host.bundle("empty", "", &[]);
    let (mut killed, mut pause) = (0, Duration::ZERO);
    for _ in 0..6 {
        let mut child = host.agent(&two, &["-e", "Install"]).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while !journal.exists() && child.try_wait().unwrap().is_none() && Instant::now() < until {
            std::thread::yield_now();
        }
        std::thread::sleep(pause);
        pause += Duration::from_millis(4);
        child.kill().unwrap();
        child.wait().unwrap();
        if !journal.exists() {
            break;
        }
        let ended = fs::read_to_string(&journal).unwrap().ends_with("done\n");
        // Any deployment will do, of any group.
        let outcome = host.deploy(&empty, &["-g", "other", "-e", "DownloadBundle"]);
        assert_eq!(outcome.said["remarks"].as_array().unwrap().len(), 1, "{}", outcome.said);
        killed += 1;
        let expected = if ended { "two" } else { "one" };
        for name in &names {
            assert_eq!(host.read(&name.replacen("web", "app", 1)), expected);
        }
        for n in 0..20 {
            assert_eq!(
                fs::read_dir(host.path(&format!("app/{n}"))).unwrap().count(),
                20,
                "nothing is left over"
            );
        }
        if ended {
            break;
        }
    }
    assert!(killed > 0, "the agent was too quick to be killed");
    host.deploy(&two, &[]).good();
}

#[test]
fn what_is_wrong_is_said_before_anything_happens() {
    let host = Host::new();
    let bundle =
        host.bundle("b", "files: [{ source: web, destination: APPDIR, }]\nhooks: []\n", &[("web/a", "a")]);
    let (code, _, message) = host.deploy(&bundle, &[]).failure("DownloadBundle");
    assert!(
        code == 5 && message.contains("appspec.yml: line 4, column 8: hooks must be a mapping"),
        "{message}"
    );
    let place = host.path("nowhere").display().to_string();
    for (arguments, expected) in [
        (&["-e", "Start"][..], "runs no scripts"),
        (&["-e", "In stall"], "no lifecycle event"),
        (&["-t", "zip"], "use --type directory"),
        (&["-g", "../x"], "cannot be the name of a file"),
        (&["-l", &place], "No such file"),
        (&["-l", "s3://bucket/key"], "only bundles on this machine"),
        (&["-b", "MAYBE"], "invalid value"),
    ] {
        let mut command = host.agent(&bundle, &[]);
        if arguments[0] == "-l" || arguments[0] == "-g" {
            command = Command::new(env!("CARGO_BIN_EXE_cutover-agent"));
            command.arg("deploy-local").arg("--root-dir").arg(host.path("root"));
            if arguments[0] == "-g" {
                command.arg("-l").arg(&bundle);
            }
        }
        let output = command.args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && errors.contains(expected), "{arguments:?}: {errors}");
    }
}

/// One that was asked for and is among the hooks runs; the next deployment does without it.
#[test]
fn custom_events_run_when_they_are_asked_for() {
    let host = Host::new();
    let script = "#!/bin/sh\necho $LIFECYCLE_EVENT >> HOSTDIR/said\n";
    let spec =
        format!("{FILES}hooks:\n  WarmUp: [{{ location: say }}]\n  ApplicationStop: [{{ location: say }}]\n");
    let one = host.bundle("one", &spec, &[("web/a", "one"), ("say", script)]);
    let (code, _, message) = host.deploy(&one, &[]).failure("DownloadBundle");
    assert!(code == 5 && message.contains("WarmUp is no lifecycle event"), "{message}");
    let outcome = host.deploy(&one, &["-e", "WarmUp,ValidateService"]).good();
    let events: Vec<_> =
        outcome.said["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!(events, ["DownloadBundle", "Install", "WarmUp", "ValidateService"]);
    assert_eq!(host.read("said"), "WarmUp\n");

    let two = host.bundle("two", FILES, &[("web/a", "two")]);
    let (code, _, message) = host.deploy(&two, &["-e", "ApplicationStop,WarmUp"]).failure("Install");
    let expected = "You specified a lifecycle event which is not a default one and doesn't exist in your appspec.yml file: WarmUp";
    assert!(code == 5 && message.starts_with(expected), "{message}");
    assert_eq!(
        (host.read("app/a"), host.read("said")),
        ("one".into(), "WarmUp\n".into()),
        "nothing was touched"
    );
    host.deploy(&two, &[]).good();
    assert_eq!((host.read("app/a"), host.read("said")), ("two".into(), "WarmUp\nApplicationStop\n".into()));
}

#[test]
fn a_mode_without_quotes_means_what_it_says() {
    let host = Host::new();
    let spec = format!("{FILES}permissions: [{{ object: APPDIR, mode: 0640, type: [file] }}]\n");
    let outcome = host.deploy(&host.bundle("b", &spec, &[("web/a", "a")]), &[]).good();
    let mode = fs::metadata(host.path("app/a")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    let warning = outcome.event("DownloadBundle")["warnings"][0].as_str().unwrap();
    assert!(warning.contains("appspec.yml: line 4") && warning.contains("\"0640\""), "{warning}");
}

#[test]
fn a_file_that_cannot_be_installed_brings_everything_back() {
    let host = Host::new();
    let one = host.bundle("one", FILES, &[("web/a", "one"), ("web/b", "one")]);
    host.deploy(&one, &[]).good();
    let spec =
        "files: [{ source: web, destination: APPDIR }, { source: more, destination: /proc/nowhere }]\n";
    let two = host.bundle("two", spec, &[("web/a", "two"), ("web/new", "two"), ("more/x", "two")]);
    let (code, _, message) = host.deploy(&two, &[]).failure("Install");
    assert!(code == 5 && message.contains("/proc/nowhere cannot be made"), "{message}");
    assert_eq!((host.read("app/a"), host.read("app/b")), ("one".into(), "one".into()));
    assert_eq!(fs::read_dir(host.path("app")).unwrap().count(), 2);
}

#[test]
fn two_agents_do_not_work_in_one_root() {
    let host = Host::new();
    let bundle = host.bundle("b", FILES, &[("web/a", "a")]);
    let root = cutover_agent::layout::Root::open(&host.path("root")).unwrap();
    let lock = root.lock().unwrap();
    let outcome = host.deploy(&bundle, &[]);
    assert!(
        outcome.code == 1 && outcome.errors.contains("another deployment is under way"),
        "{}",
        outcome.errors
    );
    drop(lock);
    host.deploy(&bundle, &[]).good();
}

#[test]
fn old_revisions_are_removed_but_not_the_last_good_one() {
    let host = Host::new();
    let spec = "hooks:\n  ValidateService: [{ location: check }]\n";
    let good = host.deploy(&host.bundle("good", spec, &[("check", "#!/bin/sh\n")]), &[]).good();
    let bad = host.bundle("bad", spec, &[("check", "#!/bin/sh\nexit 1\n")]);
    let tried: Vec<_> = (0..3).map(|_| host.deploy(&bad, &["--max-revisions", "2"])).collect();
    let mut left: Vec<_> = fs::read_dir(host.path("root/g"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let id = |outcome: &common::Outcome| outcome.said["deployment_id"].as_str().unwrap().to_owned();
    assert!(left.contains(&id(&good)) && left.contains(&id(&tried[2])) && left.len() <= 3, "{left:?}");
}

#[test]
fn what_cannot_be_installed_is_refused_while_the_previous_version_runs() {
    let host = Host::new();
    let spec = format!(
        "{FILES}hooks: {{ ApplicationStop: [{{ location: stop }}], BeforeInstall: [{{ location: before }}] }}\n"
    );
    let bundle = |name: &str, spec: &str, before: &str| {
        let stop = "#!/bin/sh\necho stop >> HOSTDIR/said\n";
        host.bundle(name, spec, &[("stop", stop), ("before", before), ("web/foreign", name), ("web/a", "a")])
    };
    let quiet = "#!/bin/sh\n";
    let one = bundle("one", &spec.replace("source: web", "source: web/a"), quiet);
    host.deploy(&one, &[]).good();
    fs::write(host.path("app/foreign"), "theirs").unwrap();

    // Without a script that could help, nothing is touched.
    let stops = spec.replace(", BeforeInstall: [{ location: before }]", "");
    let outcome = host.deploy(&bundle("two", &stops, quiet), &[]);
    assert!(outcome.failure("Install").2.contains("already exists"));
    let status = |event: &str| outcome.event(event)["status"].as_str().unwrap().to_owned();
    let told = ["ApplicationStop", "DownloadBundle", "BeforeInstall", "AfterInstall"].map(status);
    assert_eq!(told, ["Skipped", "Succeeded", "Skipped", "Skipped"]);
    assert!(!host.path("said").exists(), "the previous version was not stopped");

    // A wrong bundle: the same.
    let outcome = host.deploy(&bundle("three", "hooks: []\n", quiet), &[]);
    assert!(outcome.failure("DownloadBundle").2.contains("hooks must be a mapping"));
    assert!(!host.path("said").exists());

    // A script that makes room may do so; one that does not is told afterwards.
    let outcome = host.deploy(&bundle("four", &spec, quiet), &[]);
    assert!(outcome.failure("Install").2.contains("already exists"));
    assert_eq!(host.read("said"), "stop\n");
    host.deploy(&bundle("five", &spec, "#!/bin/sh\nrm HOSTDIR/app/foreign\n"), &[]).good();
    assert_eq!((host.read("said"), host.read("app/foreign")), ("stop\nstop\n".into(), "five".into()));
}
