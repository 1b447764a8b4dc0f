use super::*;
use crate::finding::Severity;

fn summary(
    text: &str,
    expected: Option<Platform>,
) -> (Option<Platform>, Vec<(Severity, &'static str, String)>) {
    let checked = check(text, expected);
    let errors = checked.findings.iter().any(Finding::is_error);
    assert_eq!(checked.spec.is_some(), !errors, "a spec exactly when there are no errors: {text}");
    let findings = checked.findings.into_iter();
    let findings = findings.map(|f| (f.severity, f.code, f.place.map(|p| p.to_string()).unwrap_or_default()));
    (checked.platform, findings.collect())
}

const SERVER: &str = "version: 0.0\nos: linux\n";

#[test]
fn tells_the_platform() {
    use Severity::{Error, Warning};
    let lambda = "version: 0.0\nResources:\n- f:\n    Type: AWS::Lambda::Function\n    Properties: {Name: f, Alias: a, CurrentVersion: 1, TargetVersion: 2}\n";
    let odd = "version: 0.0\nResources:\n- f:\n    Type: AWS::S3::Bucket\n    Properties: {}\n";
    for (text, expected, platform, findings) in [
        (lambda, None, Some(Platform::Lambda), vec![]),
        (lambda, Some(Platform::Ecs), Some(Platform::Lambda), vec![(Error, "platform", "line 4, column 11")]),
        (
            lambda,
            Some(Platform::Server),
            Some(Platform::Lambda),
            vec![(Error, "platform", "line 4, column 11")],
        ),
        (SERVER, None, Some(Platform::Server), vec![]),
        (
            SERVER,
            Some(Platform::Lambda),
            Some(Platform::Server),
            vec![(Error, "platform", "line 1, column 1")],
        ),
        (odd, None, None, vec![(Error, "platform", "line 4, column 11")]),
        (
            odd,
            Some(Platform::Lambda),
            Some(Platform::Lambda),
            vec![
                (Error, "resource-type", "line 4, column 11"),
                (Error, "missing", "line 5, column 5"),
                (Error, "missing", "line 5, column 5"),
                (Error, "missing", "line 5, column 5"),
                (Error, "missing", "line 5, column 5"),
            ],
        ),
        ("version: 0.0\n", None, None, vec![(Error, "platform", "line 1, column 1")]),
        (
            "version: 0.0\nos: linux\nResources: []\n",
            Some(Platform::Server),
            Some(Platform::Server),
            vec![(Warning, "unknown-key", "line 3, column 1")],
        ),
        ("", None, None, vec![(Error, "empty", "line 1, column 1")]),
        ("---\n...\n", Some(Platform::Ecs), Some(Platform::Ecs), vec![(Error, "empty", "line 1, column 1")]),
        ("null", None, None, vec![(Error, "empty", "line 1, column 1")]),
        ("just words", None, None, vec![(Error, "wrong-type", "line 1, column 1")]),
        (
            "- a",
            Some(Platform::Server),
            Some(Platform::Server),
            vec![(Error, "wrong-type", "line 1, column 1")],
        ),
    ] {
        let findings = findings.into_iter().map(|(s, c, p)| (s, c, p.to_owned())).collect();
        assert_eq!(summary(text, expected), (platform, findings), "{text}");
    }
}

#[test]
fn surroundings_of_the_text() {
    use Severity::Warning;
    for (text, code, place) in [
        (format!("\u{feff}{SERVER}"), "byte-order-mark", "line 1, column 1"),
        (format!("{SERVER}x: &a 1\nfiles: *a\n"), "alias", "line 4, column 8"),
        (format!("{SERVER}---\nos: windows\n"), "more-documents", "line 3, column 1"),
        (format!("{SERVER}os: linux\n"), "duplicate-key", "line 3, column 1"),
    ] {
        let (_, findings) = summary(&text, None);
        assert!(findings.contains(&(Warning, code, place.to_owned())), "{text}: {findings:?}");
    }
}

#[test]
fn strict_forms_give_errors_only_one_a_line() {
    let errors = parse_server("version: 1\nos: Linux\nOs: x\n").unwrap_err();
    assert_eq!(errors.findings.len(), 2);
    assert_eq!(
        errors.to_string(),
        "line 1, column 10: The version is 1; it must be 0.0. 0.0 is the version of the AppSpec format, not of the application: write version: 0.0.\n\
         line 2, column 5: The os is \"Linux\"; it is exactly linux or windows. Write os: linux or os: windows."
    );
    assert!(parse_ecs("a: [").unwrap_err().to_string().starts_with("line 1, column "));
    assert!(parse_lambda(SERVER).is_err() && parse_ecs(SERVER).is_err() && parse_server(SERVER).is_ok());
}
