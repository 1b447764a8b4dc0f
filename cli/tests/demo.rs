//! The demonstration, end to end: the real binary, real child processes, a real kill.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CUTOVER: &str = env!("CARGO_BIN_EXE_cutover");

fn cutover(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    // Nobody else's agent.
    command.args(arguments).env_remove("CUTOVER_ENDPOINT").env("PATH", "/usr/bin:/bin");
    command.output().expect("the command runs")
}

/// The command in a folder of its own, without the agent beside it.
fn alone() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alone");
    std::fs::create_dir_all(&folder).expect("a folder");
    let program = folder.join("cutover");
    let _ = std::fs::remove_file(&program);
    std::fs::hard_link(CUTOVER, &program).expect("a link");
    program
}

/// With the agent beside it, as where the whole workspace is tested, hosts are shown as well;
/// tests/conformance/test_demo.py insists on it.
#[test]
fn the_demo_shows_what_it_claims() {
    let shown = cutover(Path::new(CUTOVER), &["demo", "--speed", "300"]);
    let (text, said) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.status.success(), "{}\n{text}\n{said}", shown.status);
    for line in [
        "time runs at speed 300: a 5-minute wait takes 1 s",
        "(a) A canary",
        "✓ each share was set once: 10 %, then 100 %",
        "(b) A canary whose new version fails",
        "ALARM_ACTIVE",
        "✓ its rollback deployment Succeeded",
        "(c) The service is killed",
        "SIGKILL",
        "✓ each hook was called once, crash or not",
        "claims hold, read back from the service",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    // What failed by intention is shown as failed; no claim is.
    let failed = |line: &&str| line.trim_start().starts_with('✗');
    let meant = |line: &str| ["✗ AllowTraffic", "✗ web-"].iter().any(|meant| line.contains(meant));
    assert!(text.lines().filter(failed).all(meant), "{text}");
    assert!(!text.contains('\x1b'), "no colours in a pipe");
}

#[test]
fn without_the_agent_the_rest_is_shown() {
    let shown = cutover(&alone(), &["demo", "--speed", "300", "--json"]);
    let said = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{}\n{said}", shown.status);
    let value: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(value["holds"], true);
    assert!(value["claims"].as_array().is_some_and(|claims| claims.len() > 15));
    assert_eq!(value["hosts"], false);
    assert!(said.contains("(c) The service is killed"));
    assert!(said.contains("cargo build --release -p cutover-agent"));
}
