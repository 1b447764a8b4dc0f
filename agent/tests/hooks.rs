//! Hooks: real scripts, and what they leave.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Host, Outcome};
use serde_json::json;

/// Deploys one script of ValidateService, and the lines below its location.
fn hook(host: &Host, script: &str, more: &str) -> Outcome {
    let spec = format!("hooks:\n  ValidateService:\n    - location: run.sh\n{more}");
    host.deploy(&host.bundle("b", &spec, &[("run.sh", script)]), &[])
}

fn log(host: &Host, outcome: &Outcome) -> String {
    let path = outcome.said["log"].as_str().unwrap().to_owned();
    assert!(path.starts_with(fs::canonicalize(host.path("root")).unwrap().to_str().unwrap()));
    fs::read_to_string(path).unwrap()
}

/// Whether a process runs, by the number in a file.
fn runs(host: &Host, file: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", host.read(file).trim())).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn the_environment_tells_what_is_deployed() {
    let host = Host::new();
    let script = "#!/bin/sh\necho \"$LIFECYCLE_EVENT $APPLICATION_NAME $DEPLOYMENT_GROUP_NAME $DEPLOYMENT_GROUP_ID\"\n\
                  echo \"$DEPLOYMENT_ID\" >&2\ncat\n";
    let spec = "hooks:\n  ValidateService: [{ location: run.sh }]\n";
    let bundle = host.bundle("b", spec, &[("run.sh", script)]);
    let outcome = host.deploy(&bundle, &["-a", "shop", "-d", "Fleet"]).good();
    let id = outcome.said["deployment_id"].as_str().unwrap();
    let log = log(&host, &outcome);
    let lines: Vec<_> = log.lines().map(|line| &line[20..]).collect();
    assert_eq!(lines[..2], ["LifecycleEvent - ValidateService", "Script - run.sh"]);
    assert!(lines.contains(&"[stdout]ValidateService shop Fleet g"), "{log}");
    assert!(lines.contains(&format!("[stderr]{id}").as_str()), "{log}");
    let all = host.read("root/deployment-logs/codedeploy-agent-deployments.log");
    assert!(all.contains(&format!("] [{id}]Script - run.sh\n")), "{all}");
}

#[test]
fn a_script_that_takes_too_long_goes_with_all_its_children() {
    let host = Host::new();
    let script =
        "#!/bin/sh\necho working\nsleep 60 & echo $! > HOSTDIR/child\necho $$ > HOSTDIR/script\nwait\n";
    let began = Instant::now();
    let outcome = hook(&host, script, "      timeout: 1\n");
    let (code, name, message) = outcome.failure("ValidateService");
    assert_eq!((code, name.as_str()), (3, "run.sh"));
    assert_eq!(message, "Script at specified location: run.sh failed to complete in 1 seconds");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(!runs(&host, "script") && !runs(&host, "child"));
    assert!(
        outcome.event("ValidateService")["diagnostics"]["log"]
            .as_str()
            .unwrap()
            .contains("[stdout]working\n")
    );
}

#[test]
fn a_script_that_does_not_mind_being_asked_is_killed() {
    let host = Host::new();
    let script = "#!/bin/sh\ntrap '' TERM\necho $$ > HOSTDIR/script\nwhile :; do sleep 1; done\n";
    let began = Instant::now();
    assert_eq!(hook(&host, script, "      timeout: 1\n").failure("ValidateService").0, 3);
    assert!(began.elapsed() >= Duration::from_secs(6), "five seconds are given");
    assert!(!runs(&host, "script"));
}

#[test]
fn a_daemon_that_keeps_the_output_open_hangs_nobody() {
    for start in ["sleep 30 &", "setsid sleep 30 &"] {
        let host = Host::new();
        let script = format!("#!/bin/sh\n{start}\necho $! > HOSTDIR/daemon\necho started\n");
        let began = Instant::now();
        let outcome = hook(&host, &script, "").good();
        assert!(began.elapsed() < Duration::from_secs(15), "{start}");
        assert!(runs(&host, "daemon"), "a daemon that was started goes on");
        let log = log(&host, &outcome);
        assert!(log.contains("[stdout]started") && log.contains("holds its output open"), "{log}");
        Command::new("kill").arg(host.read("daemon").trim()).status().unwrap();
    }
}

#[test]
fn scripts_are_found_in_the_revision_and_nowhere_else() {
    let host = Host::new();
    let spec = "hooks:\n  ValidateService: [{ location: scripts/none.sh }]\n";
    let (code, name, message) = host.deploy(&host.bundle("b", spec, &[]), &[]).failure("ValidateService");
    assert_eq!((code, name.as_str()), (1, "scripts/none.sh"));
    assert!(message.starts_with("Script does not exist at specified location: /"), "{message}");
    let spec = "hooks:\n  ValidateService: [{ location: ../../../../../../../../bin/true }]\n";
    let (code, _, message) = host.deploy(&host.bundle("c", spec, &[]), &[]).failure("ValidateService");
    assert!(code == 5 && message.contains("leads out of the revision"), "{message}");
}

#[test]
fn odd_scripts_run_as_they_would_from_a_shell() {
    let host = Host::new();
    let spec = "hooks:\n  ValidateService:\n    - location: 'a b;$(touch x).sh'\n    - location: plain.sh\n";
    let files = [
        ("a b;$(touch x).sh", "#!/bin/sh\necho odd\n"),
        ("plain.sh", "echo \"no shebang $DEPLOYMENT_GROUP_ID\"\n"),
    ];
    let bundle = host.bundle("b", spec, &files);
    fs::set_permissions(bundle.join("a b;$(touch x).sh"), fs::Permissions::from_mode(0o644)).unwrap();
    let log = log(&host, &host.deploy(&bundle, &[]).good());
    assert!(log.contains("[stdout]odd\n") && log.contains("[stdout]no shebang g\n"), "{log}");
}

#[test]
fn a_first_line_that_names_no_program_is_told() {
    let host = Host::new();
    let (code, _, message) = hook(&host, "#!/bin/sh\r\necho x\r\n", "").failure("ValidateService");
    assert!(
        code == 4 && message.contains("run.sh cannot be run") && message.contains("carriage return"),
        "{message}"
    );
}

#[test]
fn the_first_failure_ends_the_event_and_much_output_is_cut() {
    let host = Host::new();
    let spec = "hooks:\n  AfterInstall:\n    - location: one.sh\n    - location: two.sh\n";
    let files = [
        ("one.sh", "#!/bin/sh\nseq 1 100000\necho last >&2\nkill -9 $$\n"),
        ("two.sh", "#!/bin/sh\ntouch HOSTDIR/two\n"),
    ];
    let outcome = host.deploy(&host.bundle("b", spec, &files), &[]);
    let (code, name, message) = outcome.failure("AfterInstall");
    assert_eq!((code, name.as_str()), (4, "one.sh"));
    assert_eq!(message, "Script at specified location: one.sh was killed by signal 9");
    assert!(!host.path("two").exists());
    let tail = outcome.event("AfterInstall")["diagnostics"]["log"].as_str().unwrap().to_owned();
    assert!(tail.len() < 2_048 && tail.contains("[stdout]100000\n"), "{tail}");
    assert!(log(&host, &outcome).contains("[stdout]1\n"));
}

#[test]
fn runas_is_another_user_for_root_and_refused_for_others() {
    let host = Host::new();
    fs::set_permissions(host.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let id = |what| String::from_utf8(Command::new("id").arg(what).output().unwrap().stdout).unwrap();
    let user = if id("-un").trim() == "nobody" { "daemon" } else { "nobody" };
    let script = "#!/bin/sh\necho \"$(id -un) $USER\"\n";
    let outcome = hook(&host, script, &format!("      runas: {user}\n"));
    if id("-u").trim() == "0" {
        let log = log(&host, &outcome.good());
        assert!(log.contains("[stdout]nobody nobody\n"), "{log}");
    } else {
        let message = outcome.failure("ValidateService").2;
        assert!(message.contains(&format!("only root can run scripts as {user}")), "{message}");
    }
    let outcome = hook(&host, script, "      runas: nobody-at-all\n");
    let (code, _, message) = outcome.failure("ValidateService");
    assert_eq!(code, 4, "{message}");
    assert!(message.contains("run as user nobody-at-all cannot be started"), "{message}");
    let skipped = &outcome.event("BeforeAllowTraffic")["diagnostics"];
    assert_eq!((&skipped["error_code"], &skipped["message"]), (&json!(0), &json!("")));
}

#[test]
fn an_agent_that_is_asked_to_stop_ends_its_script() {
    let host = Host::new();
    let spec = "hooks:\n  ValidateService: [{ location: run.sh }]\n";
    let bundle = host.bundle("b", spec, &[("run.sh", "#!/bin/sh\necho $$ > HOSTDIR/script\nsleep 60\n")]);
    let mut child = host.agent(&bundle, &[]).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while !host.path("script").exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(50));
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(!runs(&host, "script"));
}
