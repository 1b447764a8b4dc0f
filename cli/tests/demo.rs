//! The demonstration, end to end: the real binary, real child processes, a real kill.

use std::process::{Command, Output};

fn cutover(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    command.args(arguments).env_remove("CUTOVER_ENDPOINT").output().expect("the command runs")
}

#[test]
fn the_demo_shows_what_it_claims() {
    let shown = cutover(&["demo", "--speed", "300"]);
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
    assert!(!text.contains('✗') || text.contains("✗ AllowTraffic"), "{text}");
    assert!(!text.contains('\x1b'), "no colours in a pipe");
}

#[test]
fn as_json_the_demo_is_one_value() {
    let shown = cutover(&["demo", "--speed", "300", "--json"]);
    let said = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{}\n{said}", shown.status);
    let value: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(value["holds"], true);
    assert!(value["claims"].as_array().is_some_and(|claims| claims.len() > 15));
    assert!(said.contains("(c) The service is killed"));
}
