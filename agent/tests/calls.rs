//! What the agent asks of the system, as `strace` sees it: no program is started but the user's scripts, and an install is on
//! disk in the order that docs/agent.md promises. Where there is no `strace`, nothing can be seen, and the test says so.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::process::Command;

use common::{Host, Outcome};

#[test]
fn scripts_are_the_only_programs_and_a_switch_is_on_disk_before_it_is_said_to_be() {
    let host = Host::new();
    let spec = "files: [{ source: web, destination: APPDIR }]\nhooks:\n  AfterInstall: [{ location: 'a script.sh' }]\n";
    let bundle = host.bundle(
        "b",
        spec,
        &[("web/a;id", "a"), ("web/$(id)", "b"), ("a script.sh", "#!/bin/sh\nexit 0\n")],
    );
    let trace = host.path("trace");
    let agent = host.agent(&bundle, &["--json"]);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=execve,fdatasync,syncfs", "-e", "signal=none", "-o"]).arg(&trace);
    strace.arg(agent.get_program()).args(agent.get_args());
    let Ok(output) = strace.output() else {
        println!("there is no strace: nothing was seen");
        return;
    };
    if !trace.exists() || host.read("trace").is_empty() {
        println!("strace may not look: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    Outcome::of(&output).good();
    let trace = host.read("trace");
    let calls: Vec<(&str, &str)> = trace
        .lines()
        .filter(|line| !line.contains("resumed>"))
        .filter_map(|line| line.split_once(' '))
        .map(|(thread, call)| (thread, call.trim()))
        .collect();
    let started: Vec<_> =
        calls.iter().filter_map(|(_, call)| call.strip_prefix("execve(\"")?.split('"').next()).collect();
    assert_eq!(started.len(), 2, "{started:?}");
    assert!(
        started[0].ends_with("/cutover-agent") && started[1].ends_with("/deployment-archive/a script.sh"),
        "{started:?}"
    );
    // Another thread has the disk begin with what was unpacked.
    let main = calls[0].0;
    let syncs: Vec<_> = calls
        .iter()
        .filter(|(thread, _)| *thread == main)
        .filter_map(|(_, call)| call.split('(').next())
        .filter(|name| name.ends_with("sync") || *name == "syncfs")
        .collect();
    // `switching` in the journal, everything that is new, `done`.
    assert_eq!(syncs, ["fdatasync", "syncfs", "fdatasync"], "{trace}");
}
