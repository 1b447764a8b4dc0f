//! What the binary answers where no service is needed: to people, to programs, and to somebody lost.

use std::process::{Command, Output};

use serde_json::Value;

fn cutover(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    command.args(arguments).env("CUTOVER_ENDPOINT", "http://127.0.0.1:1").output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn file(name: &str, content: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a file");
    path.display().to_string()
}

#[test]
fn as_json_a_failure_is_one_object() {
    let answer = cutover(&["list", "--json"]);
    assert_eq!(answer.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&answer.stdout).expect("one JSON value");
    assert_eq!(said["error"]["code"], "ServiceUnreachable");
    assert!(said["error"]["message"].as_str().is_some_and(|m| m.contains("http://127.0.0.1:1")), "{said}");
    assert!(said["error"]["help"].as_str().is_some_and(|h| h.contains("cutover serve")), "{said}");
}

#[test]
fn without_a_command_the_help_is_printed() {
    for arguments in [&[][..], &["functions"], &["hooks", "--json"]] {
        let answer = cutover(arguments);
        assert_eq!(answer.status.code(), Some(2), "{arguments:?}");
        let said = text(&answer.stderr);
        assert!(said.contains("Commands:") && said.contains("Example"), "{arguments:?}: {said}");
    }
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_build_without_aws_says_so() {
    let answer = cutover(&["proxy", "--function", "f"]);
    assert_eq!(answer.status.code(), Some(1));
    assert!(text(&answer.stderr).contains("cargo build --release --features aws"), "{answer:?}");
}

const SPEC: &str = r#"version: 0.0
Resources:
  - fn:
      Type: AWS::Lambda::Function
      Properties:
        Name: fn
        Alias: live
        CurrentVersion: "1"
        TargetVersion: "2"
"#;

#[test]
fn a_checked_appspec_says_whether_it_is_valid() {
    for (name, content, valid) in
        [("good.yml", SPEC.to_owned(), true), ("bad.yml", SPEC.replace("\"2\"", "latest"), false)]
    {
        let answer = cutover(&["appspec", "check", &file(name, &content), "--json"]);
        let said: Value = serde_json::from_slice(&answer.stdout).expect("one JSON value");
        assert_eq!((&said["valid"], answer.status.success()), (&Value::Bool(valid), valid), "{said}");
    }
}

#[test]
fn warnings_are_told_before_anything_is_asked() {
    let spec = file("doubtful.yml", &SPEC.replace("version: 0.0", "version: 0.0\nnote: x"));
    for command in ["plan", "deploy"] {
        let answer = cutover(&[command, "--application", "a", "--group", "g", "--appspec", &spec]);
        let said = text(&answer.stderr);
        assert!(said.contains("warning[unknown-key]") && said.contains("nothing answers"), "{said}");
    }
}
