use crate::{FileExistsBehavior, FileMapping, Os, Place, Platform, Script, Severity, check, parse_server};

const GOOD: &str = "version: 0.0
os: linux
files:
  - source: /
    destination: /srv/app
hooks:
  ApplicationStop:
  BeforeInstall: []
  AfterInstall:
    - location: ' scripts/install.sh '
      timeout: \"30\"
      runas: root
      sudo: yes
    - location: scripts/warm.sh
file_exists_behavior: RETAIN
";

#[test]
fn reads_every_field() {
    let spec = parse_server(GOOD).unwrap();
    assert_eq!(check(GOOD, None).findings, vec![]);
    assert_eq!((spec.os, spec.file_exists_behavior), (Os::Linux, Some(FileExistsBehavior::Retain)));
    assert_eq!(spec.files, [FileMapping { source: "/".into(), destination: "/srv/app".into() }]);
    let first = Script {
        location: "scripts/install.sh".into(),
        timeout_secs: 30,
        runas: Some("root".into()),
        sudo: true,
    };
    let second = Script { location: "scripts/warm.sh".into(), timeout_secs: 3_600, runas: None, sudo: false };
    let hooks: Vec<_> = spec.hooks.into_iter().collect();
    assert_eq!(
        hooks,
        [("AfterInstall".to_owned(), vec![first, second]), ("BeforeInstall".to_owned(), vec![])]
    );
    assert_eq!(parse_server("version: 0.0\nos: windows\n").unwrap().os, Os::Windows);
}

#[test]
fn wrong_values_are_found_where_they_are() {
    use Severity::{Error, Warning};
    for (from, to, severity, code, line, column, part) in [
        ("os: linux", "os: Linux", Error, "os", 2, 5, "exactly linux or windows"),
        ("RETAIN", "retain", Error, "file-exists-behavior", 15, 23, "in capitals"),
        ("    destination: /srv/app\n", "", Error, "missing", 4, 5, "files[0] has no destination"),
        ("source: /\n", "source:\n", Error, "missing", 4, 5, "source is empty"),
        ("source: /\n", "source: /*\n", Warning, "file", 4, 13, "without wildcards"),
        ("source: /\n", "source: ../a\n", Warning, "file", 4, 13, "out of the bundle"),
        ("/srv/app", "srv/app", Warning, "file", 5, 18, "is relative"),
        ("/srv/app", "C:\\app", Warning, "file", 5, 18, "path of Windows"),
        (
            "/srv/app",
            "/srv/app\n    overwrite: yes",
            Warning,
            "unknown-key",
            6,
            5,
            "file_exists_behavior: OVERWRITE",
        ),
        (
            "  - source: /\n    destination: /srv/app",
            "  source: /",
            Error,
            "wrong-type",
            4,
            3,
            "must be a list",
        ),
        ("  - source: /\n    destination: /srv/app", "  - app", Error, "file", 4, 5, "neither source nor"),
        ("files:", "Files:", Warning, "unknown-key", 3, 1, "small letters"),
        ("hooks:\n", "hooks:\n  - a\nx:\n", Error, "wrong-type", 7, 3, "without a dash"),
        ("  AfterInstall", "  AfterInstal", Error, "hook-event", 9, 3, "Did you mean AfterInstall?"),
        ("  AfterInstall", "  Install", Error, "hook-event", 9, 3, "by the deployment itself"),
        ("  AfterInstall", "AfterInstall", Warning, "unknown-key", 9, 1, "indent it under hooks"),
        ("BeforeInstall: []", "BeforeInstall: a.sh", Error, "wrong-type", 8, 18, "must be a list"),
        ("BeforeInstall: []", "BeforeInstall: [a.sh]", Error, "script", 8, 19, "Write location: a.sh."),
        ("' scripts/install.sh '", "' '", Error, "missing", 10, 17, "location is blank"),
        ("\"30\"", "0", Error, "timeout", 11, 16, "above 0"),
        ("\"30\"", "abc", Error, "timeout", 11, 16, "above 0"),
        ("\"30\"", "-1", Error, "timeout", 11, 16, "above 0"),
        ("\"30\"", "5m", Warning, "timeout", 11, 16, "read as 5 seconds"),
        ("\"30\"", "7200", Warning, "timeout", 9, 3, "7200 seconds together"),
        ("sudo: yes", "sudo: \"false\"", Warning, "sudo", 13, 13, "which means true"),
        ("runas: root", "runAs: root", Warning, "unknown-key", 12, 7, "Did you mean runas?"),
        ("runas: root", "runas: [root]", Error, "wrong-type", 12, 14, "a single value"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let findings = check(&text, Some(Platform::Server)).findings;
        let found = findings.iter().find(|finding| finding.code == code);
        let finding = found.unwrap_or_else(|| panic!("{to}: {findings:#?}"));
        assert_eq!((finding.severity, finding.place), (severity, Some(Place { line, column })), "{finding}");
        assert!(finding.to_string().contains(part), "{to}: {finding}");
        assert_eq!(parse_server(&text).is_err(), findings.iter().any(|f| f.severity == Error));
    }
}

#[test]
fn timeouts_become_integers_and_sudo_a_truth_value() {
    for (timeout, secs) in [("300", 300), ("1.9", 1), ("'30'", 30), ("5m", 5)] {
        let text = GOOD.replace("\"30\"", timeout);
        assert_eq!(parse_server(&text).unwrap().hooks["AfterInstall"][0].timeout_secs, secs, "{timeout}");
    }
    for (word, sudo) in
        [("true", true), ("no", false), ("False", false), ("''", true), ("", false), ("1", true)]
    {
        let text = GOOD.replace("sudo: yes", &format!("sudo: {word}"));
        assert_eq!(parse_server(&text).unwrap().hooks["AfterInstall"][0].sudo, sudo, "{word}");
    }
}
