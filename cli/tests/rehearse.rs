//! `cutover rehearse` as it is typed, on the files of examples/rehearse and on wrong ones.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/rehearse")
}

fn cutover(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    let command = command.args(arguments.split_whitespace()).current_dir(folder);
    command.env("CUTOVER_ENDPOINT", "http://127.0.0.1:1").output().expect("the command runs")
}

fn rehearse(arguments: &str) -> Output {
    let plain = "rehearse --appspec appspec.yml --group group.json --config config.json";
    cutover(&examples(), &format!("{plain} {arguments}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const RECORDED: &str = "--alarms alarms.json --metrics duration.json --map checkout-p99=p99 --metrics";

#[test]
fn an_incident_stops_the_canary_after_two_hours() {
    let told = rehearse(&format!("{RECORDED} errors-incident.csv"));
    let said = text(&told.stdout);
    assert_eq!(told.status.code(), Some(7), "{said}");
    for line in [
        "checkout:live  version 41 → 42  (canary: 10 %, 100 %)",
        "rehearsed in virtual time; 0:00:00 is 2026-11-01 12:00:00.000 UTC",
        "  0:00:03  10 %   from now: let it stand for 48 h",
        "  2:07:00  10 %   alarm checkout-errors goes to ALARM: 3 of 3 datapoints over 5",
        "  2:07:00  0 %    put back: checkout:live",
        "alarm checkout-errors would have fired at 2:07:00 (3 of 3 datapoints over 5) (series Errors)",
        "fired at 20:06:00 (3 of 3 datapoints over 5), after the deployment was over (series Errors)",
        "alarm checkout-p99 would not have fired (series Duration p99 [p99])",
    ] {
        assert!(said.contains(line), "{line} is missing in\n{said}");
    }
    let last = "would have been STOPPED at 2:07:00 by alarm checkout-errors at 10 %; traffic back at 2:07:00; \
                rollback deployment created\n";
    assert!(said.ends_with(last), "{said}");
    assert!(told.stderr.is_empty() && !said.contains('\x1b'), "{}", text(&told.stderr));
}

#[test]
fn a_healthy_canary_takes_its_two_days() {
    let told = rehearse(&format!("{RECORDED} errors-healthy.csv"));
    let said = text(&told.stdout);
    assert_eq!(told.status.code(), Some(0), "{said}");
    assert!(said.ends_with("would have SUCCEEDED after 48:00:04\n"), "{said}");
    assert!(said.contains("alarm checkout-errors would not have fired"), "{said}");
}

#[test]
fn the_same_is_said_to_programs() {
    let value = |file: &str| -> Value {
        let told = rehearse(&format!("{RECORDED} {file} --json"));
        serde_json::from_slice(&told.stdout).expect("one JSON value")
    };
    let stopped = value("errors-incident.csv");
    assert_eq!((&stopped["status"], &stopped["exitCode"]), (&"Stopped".into(), &7.into()));
    assert_eq!(stopped["rollback"]["status"], "Succeeded");
    let fired = &stopped["alarms"][0]["changes"][0];
    assert_eq!((&fired["at"], &fired["to"]), (&7_620.0.into(), &"ALARM".into()));
    let healthy = value("errors-healthy.csv");
    assert_eq!((&healthy["status"], &healthy["exitCode"]), (&"Succeeded".into(), &0.into()));
    assert_eq!(healthy["shares"].as_array().map(Vec::len), Some(2));
    assert_eq!(value("errors-incident.csv"), stopped, "a rehearsal can be repeated");
}

#[test]
fn hooks_starts_and_configurations_can_be_tried() {
    for (arguments, code, said) in [
        ("--hook BeforeAllowTraffic=Failed", 7, "would have FAILED at 0:00:03 ("),
        ("--hook BeforeAllowTraffic=never", 7, "would have FAILED at 1:00:02 ("),
        ("--hook BeforeAllowTraffic=Succeeded@10m", 0, "would have SUCCEEDED after 48:10:0"),
        (
            "--alarms alarms.json --metrics errors-incident.csv --map checkout-p99=Errors --start 2h",
            7,
            "would have been STOPPED at 0:07:00 by alarm checkout-errors",
        ),
        ("", 0, "alarm checkout-errors was not evaluated: no definition of it is given (--alarms)"),
    ] {
        let told = rehearse(arguments);
        let text = text(&told.stdout);
        assert_eq!(told.status.code(), Some(code), "{arguments}: {text}");
        assert!(text.contains(said), "{arguments}: {said} is missing in\n{text}");
    }
    let quick = "rehearse --appspec appspec.yml --group group.json --deployment-config-name \
                 CodeDeployDefault.LambdaLinear10PercentEvery1Minute";
    let told = text(&cutover(&examples(), quick).stdout);
    assert!(told.contains("linear: 10 %, 20 %") && told.contains("SUCCEEDED after 0:09:0"), "{told}");
}

#[test]
fn wrong_files_are_wrong_usage_and_told_by_their_place() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rehearse");
    std::fs::create_dir_all(&folder).expect("a folder");
    for entry in std::fs::read_dir(examples()).expect("the examples").flatten() {
        std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
    }
    let change = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(folder.join(file)).expect("a file");
        assert!(text.contains(from), "{file} has no {from}");
        std::fs::write(folder.join(format!("bad-{file}")), text.replacen(from, to, 1)).expect("a file");
    };
    change("appspec.yml", "\"42\"", "latest");
    change("group.json", "\"name\": \"checkout-errors\"", "\"name\": 7");
    change("config.json", "2880", "2881");
    change("alarms.json", "\"Period\": 60", "\"Period\": 61");
    change("errors-incident.csv", ",9\n", ",nine\n");
    let plain = "--appspec appspec.yml --group group.json --config config.json";
    let recorded = "--alarms alarms.json --metrics errors-incident.csv";
    for (arguments, said) in [
        ("--appspec bad-appspec.yml --group group.json".to_owned(), "--> bad-appspec.yml:9:24"),
        (
            "--appspec appspec.yml --group bad-group.json".to_owned(),
            "bad-group.json: deploymentGroupInfo.alarmConfiguration.alarms[0].name: invalid type",
        ),
        (
            "--appspec appspec.yml --group prod".to_owned(),
            "prod cannot be read: No such file or directory (os error 2)\nhelp: Make the file with `aws deploy",
        ),
        (
            "--appspec appspec.yml --group group.json".to_owned(),
            "Canary10Percent48Hours is not predefined\nhelp: Give it",
        ),
        (
            "--appspec appspec.yml --group group.json --config bad-config.json".to_owned(),
            "bad-config.json: From the first shift to the last 2881 minutes pass",
        ),
        (
            format!("{plain} --alarms bad-alarms.json --metrics errors-incident.csv"),
            "bad-alarms.json: MetricAlarms[0].Period: 61 is not 10, 20, 30 or a multiple of 60",
        ),
        (
            format!("{plain} --alarms alarms.json --metrics bad-errors-incident.csv"),
            "bad-errors-incident.csv:11: Errors: \"nine\" is no number",
        ),
        (
            format!("{plain} {recorded}"),
            "alarm checkout-p99: no series is called \"checkout-p99\" or \"Duration\"; there are Errors\nhelp: Name it: --map",
        ),
        (
            format!("{plain} {recorded} --start 4h --map other=Errors"),
            "--map other=…: the deployment watches no alarm",
        ),
        (format!("{plain} {recorded} --start 2027-01-01T00:00Z"), "--start: the recording is over by then"),
        (format!("{plain} --hook AfterAllowTraffic=Failed"), "the AppSpec has no AfterAllowTraffic hook"),
    ] {
        let told = cutover(&folder, &format!("rehearse {arguments}"));
        let text = text(&told.stderr);
        assert_eq!(told.status.code(), Some(2), "{arguments}: {text}");
        assert!(text.contains(said), "{arguments}: {said} is missing in\n{text}");
        assert!(told.stdout.is_empty(), "{arguments}");
    }
    let told = cutover(&folder, &format!("rehearse {plain} --hook AfterAllowTraffic=Failed --json"));
    let value: Value = serde_json::from_slice(&told.stdout).expect("one JSON value");
    assert_eq!(value["error"]["code"], "InvalidInput");
}

#[test]
fn a_group_can_be_asked_for_at_a_service() {
    let told = cutover(
        &examples(),
        "rehearse --appspec appspec.yml --application-name shop --deployment-group-name checkout",
    );
    assert_eq!(told.status.code(), Some(1));
    assert!(text(&told.stderr).contains("nothing answers at http://127.0.0.1:1"), "{}", text(&told.stderr));
}
