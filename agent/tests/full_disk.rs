//! A disk that is full, in a mount namespace of the test's own: while the bundle is unpacked, and while it is installed.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::process::Command;

use common::{Host, Outcome};

const SPEC: &str = "files:\n  - source: app\n    destination: APPDIR\n";

/// Runs commands as root of namespaces in which the folder is a disk of so many KB; `None` where a user may not have them.
fn on_disk(host: &Host, kb: u32, commands: &str) -> Option<String> {
    let disk = host.path("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-ec", script]);
        command.output()
    };
    if !unshare("mount -t tmpfs none /mnt").is_ok_and(|done| done.status.success()) {
        eprintln!("not tried: this user may not have a mount namespace");
        return None;
    }
    let disk = disk.display();
    let done = unshare(&format!("mount -t tmpfs -o size={kb}k none {disk}; cd {disk}; {commands}")).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).unwrap())
}

#[test]
fn the_previous_version_stays_and_nothing_is_left_behind() {
    let host = Host::new();
    let spec = SPEC.replace("APPDIR", &host.path("disk/app").display().to_string());
    let old = host.bundle("old", &spec, &[("app/a", "old\n")]);
    let large: String = (0..100_000).map(|n| format!("{n:x}")).collect();
    let folder = host.bundle("new", &spec, &[("app/a", "new\n"), ("app/b", &large)]);
    let archive = host.path("new.tgz");
    let packed = Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(&folder).arg(".").status();
    assert!(packed.unwrap().success());
    let deploy = format!("{} deploy-local --root-dir root -g g", env!("CARGO_BIN_EXE_cutover-agent"));
    let (old, json) = (old.display(), host.path("said.json"));
    for (bundle, kind) in [(folder, "directory"), (archive, "tgz")] {
        // Room for one copy, and for less than one.
        for (kb, event) in [(800, "Install"), (300, "DownloadBundle")] {
            let commands = format!(
                "{deploy} -l {old} >/dev/null; {deploy} -l {} -t {kind} --json >{} && exit 1; \
                 cat app/a; ls -A app root/deployment-instructions",
                bundle.display(),
                json.display()
            );
            let Some(left) = on_disk(&host, kb, &commands) else { return };
            let said = serde_json::from_str(&host.read("said.json")).unwrap();
            let (code, _, message) = Outcome { code: 1, said, errors: String::new() }.failure(event);
            assert_eq!(code, 5, "{message}");
            assert!(message.contains("No space left on device"), "{kind}: {message}");
            let app = left.split("root/deployment-instructions:").next().unwrap();
            assert_eq!(app, "old\napp:\na\n\n", "{kind} {event}");
            assert!(!left.contains("journal"), "{left}");
        }
    }
}
