use crate::{LambdaHooks, LambdaSpec, Platform, Severity, check, parse_lambda};

const GOOD: &str = "version: 0.0
Resources:
  - api:
      Type: AWS::Lambda::Function
      Properties:
        Name: orders
        Alias: live
        CurrentVersion: \"1\"
        TargetVersion: \"2\"
Hooks:
  - BeforeAllowTraffic: orders-check
  - AfterAllowTraffic: arn:aws:lambda:eu-west-1:123456789012:function:orders-done:3
";

fn orders() -> LambdaSpec {
    LambdaSpec {
        resource: "api".into(),
        function: "orders".into(),
        alias: "live".into(),
        current_version: "1".into(),
        target_version: "2".into(),
        hooks: LambdaHooks::default(),
    }
}

#[test]
fn reads_every_field() {
    let hooks = LambdaHooks {
        before_allow_traffic: Some("orders-check".into()),
        after_allow_traffic: Some("arn:aws:lambda:eu-west-1:123456789012:function:orders-done:3".into()),
    };
    assert_eq!(parse_lambda(GOOD), Ok(LambdaSpec { hooks, ..orders() }));
    let checked = check(GOOD, None);
    assert_eq!((checked.platform, checked.findings), (Some(Platform::Lambda), vec![]));
}

#[test]
fn accepts_json_other_cases_and_plain_numbers() {
    for text in [
        r#"{"version": 0.0, "Resources": [{"api": {"Type": "AWS::Lambda::Function", "Properties":
            {"Name": "orders", "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"}}}]}"#,
        "{\n\t\"version\":\"0.0\",\n\t\"resources\":[{\"api\":{\"type\":\"AWS::Lambda::Function\",\"properties\":{\n\t\t\"name\":\"orders\",\"alias\":\"live\",\"currentversion\":1,\"targetVersion\":2}}}],\n\t\"hooks\":[]}",
        "version: 0.0\r\nresources:\r\n- api:\r\n    type: AWS::Lambda::Function\r\n    properties: {name: orders, alias: live, currentversion: 1, targetversion: 2}\r\nhooks:\r\n",
        "version: 0.0\nResources:\n- api:\n    Type: AWS::Lambda::Function\n    Properties: {Name: orders, Alias: live, CurrentVersion: 1, TargetVersion: 2}\nHooks:\n- BeforeAllowTraffic: null\n- AfterAllowTraffic:\n",
    ] {
        assert_eq!(parse_lambda(text), Ok(orders()), "{text}");
        assert_eq!(check(text, None).findings, vec![], "{text}");
    }
}

/// The findings of `GOOD` with one replacement: severity, code, line, column, path, and a part of the text.
type Case =
    (&'static str, &'static str, &'static [(Severity, &'static str, u32, u32, &'static str, &'static str)]);

#[test]
fn wrong_values_are_found_where_they_are() {
    use Severity::{Error, Warning};
    let cases: &[Case] = &[
        (
            "\"2\"",
            "$LATEST",
            &[(Error, "lambda-version", 9, 24, "Resources[0].api.Properties.TargetVersion", "publish one")],
        ),
        (
            "\"2\"",
            "2.0",
            &[(Error, "lambda-version", 9, 24, "Resources[0].api.Properties.TargetVersion", "is \"2.0\"")],
        ),
        (
            "\"2\"",
            "02",
            &[(Error, "lambda-version", 9, 24, "Resources[0].api.Properties.TargetVersion", "is \"02\"")],
        ),
        (
            "\"2\"",
            "-2",
            &[(Error, "lambda-version", 9, 24, "Resources[0].api.Properties.TargetVersion", "is \"-2\"")],
        ),
        (
            "\"2\"",
            "''",
            &[(Error, "lambda-version", 9, 24, "Resources[0].api.Properties.TargetVersion", "empty text")],
        ),
        (
            "\"2\"",
            "[2]",
            &[(Error, "wrong-type", 9, 24, "Resources[0].api.Properties.TargetVersion", "not a list")],
        ),
        (
            "\"2\"",
            "!GetAtt V.Version",
            &[(Error, "intrinsic", 9, 24, "Resources[0].api.Properties.TargetVersion", "!GetAtt")],
        ),
        (
            "\"2\"",
            "{Ref: V}",
            &[(Error, "intrinsic", 9, 24, "Resources[0].api.Properties.TargetVersion", "function Ref")],
        ),
        (
            "\"2\"",
            "<VERSION>",
            &[(Error, "placeholder", 9, 24, "Resources[0].api.Properties.TargetVersion", "\"<VERSION>\"")],
        ),
        (
            "\"2\"",
            "\"1\"",
            &[(
                Warning,
                "same-version",
                9,
                24,
                "Resources[0].api.Properties.TargetVersion",
                "nothing to shift",
            )],
        ),
        (
            "\"2\"",
            "",
            &[(
                Error,
                "missing",
                9,
                9,
                "Resources[0].api.Properties.TargetVersion",
                "TargetVersion is empty",
            )],
        ),
        (
            "        Alias: live\n",
            "",
            &[(Error, "missing", 5, 7, "Resources[0].api.Properties.Alias", "Properties has no Alias")],
        ),
        (
            "        Alias: live\n",
            "        Alais: live\n",
            &[
                (Warning, "unknown-key", 7, 9, "Resources[0].api.Properties.Alais", "Did you mean Alias?"),
                (
                    Error,
                    "missing",
                    7,
                    9,
                    "Resources[0].api.Properties.Alias",
                    "Is \"Alais\" meant to be Alias?",
                ),
            ],
        ),
        (
            "live",
            "12",
            &[(Error, "alias-name", 7, 16, "Resources[0].api.Properties.Alias", "a number is a version")],
        ),
        (
            "live",
            "live\n        alias: x",
            &[(Error, "duplicate-key", 8, 9, "Resources[0].api.Properties.alias", "first on line 7")],
        ),
        (
            "Name: orders",
            "Name: orders:live",
            &[(Error, "function-name", 6, 15, "Resources[0].api.Properties.Name", "Leave it away")],
        ),
        (
            "Name: orders",
            "Name: or ders",
            &[(Error, "function-name", 6, 15, "Resources[0].api.Properties.Name", "no ' '")],
        ),
        (
            "AWS::Lambda::Function",
            "aws::lambda::function",
            &[(Error, "resource-type", 4, 13, "Resources[0].api.Type", "Write Type: AWS::Lambda::Function.")],
        ),
        (
            "- BeforeAllowTraffic",
            "- BeforeAlowTraffic",
            &[(Error, "hook-event", 11, 5, "Hooks[0].BeforeAlowTraffic", "Did you mean BeforeAllowTraffic?")],
        ),
        (
            "- BeforeAllowTraffic",
            "- x.BeforeAllowTraffic",
            &[(Error, "hook-event", 11, 5, "Hooks[0].x.BeforeAllowTraffic", "no lifecycle event")],
        ),
        (
            "- BeforeAllowTraffic",
            "- AllowTraffic",
            &[(Error, "hook-event", 11, 5, "Hooks[0].AllowTraffic", "by the deployment itself")],
        ),
        (
            "- BeforeAllowTraffic",
            "- AfterAllowTraffic",
            &[(Error, "hook-event", 12, 24, "Hooks[1].AfterAllowTraffic", "second function")],
        ),
        ("orders-check", "a/b", &[(Error, "function-name", 11, 25, "Hooks[0].BeforeAllowTraffic", "no '/'")]),
        (
            "- BeforeAllowTraffic: orders-check",
            "- orders-check",
            &[(Error, "hooks", 11, 5, "Hooks[0]", "not a text")],
        ),
        (
            "  - BeforeAllowTraffic: orders-check\n  - After",
            "  BeforeAllowTraffic: f\n  After",
            &[(Warning, "hooks", 11, 3, "Hooks", "a list is expected")],
        ),
        ("  - After", "    After", &[(Warning, "hooks", 11, 5, "Hooks[0]", "several events")]),
        ("  - api:", "  api:", &[(Warning, "resources", 3, 3, "Resources", "a list with one item")]),
        ("Hooks:", "  - other: {}\nHooks:", &[(Error, "resources", 10, 5, "Resources[1]", "2 resources")]),
        ("Hooks:", "    Kind: 1\nHooks:", &[(Error, "resources", 3, 5, "Resources[0]", "(api, Kind)")]),
        ("      Type", "    Type", &[(Error, "syntax", 5, 17, "", "not valid YAML")]),
        ("Hooks:", "os: linux\nHooks:", &[(Warning, "unknown-key", 10, 1, "os", "is ignored")]),
        ("version: 0.0\n", "", &[(Error, "missing", 1, 1, "version", "Write version: 0.0")]),
    ];
    for (from, to, expected) in cases {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let checked = check(&text, Some(Platform::Lambda));
        let found: Vec<_> = checked
            .findings
            .iter()
            .map(|f| {
                let place = f.place.unwrap();
                (f.severity, f.code, place.line, place.column, f.path.as_str())
            })
            .collect();
        let wanted: Vec<_> =
            expected.iter().map(|(s, c, line, column, path, _)| (*s, *c, *line, *column, *path)).collect();
        assert_eq!(found, wanted, "{text}\n{:#?}", checked.findings);
        for (finding, (.., part)) in checked.findings.iter().zip(*expected) {
            assert!(finding.to_string().contains(part), "{finding}");
        }
        let refused = expected.iter().any(|(severity, ..)| *severity == Error);
        assert_eq!(parse_lambda(&text).is_err(), refused, "{text}");
    }
}

#[test]
fn type_beside_the_name_is_told() {
    let text =
        "version: 0.0\nResources:\n  - api:\n    Type: AWS::Lambda::Function\n    Properties: {Alias: a}\n";
    let errors = parse_lambda(text).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "line 4, column 5: Type stands beside the name of the resource. Indent Type and Properties under the name of the resource."
    );
    let text = "version: 0.0\nResources:\n  - Type: AWS::Lambda::Function\n";
    assert!(parse_lambda(text).unwrap_err().to_string().contains("The resource has no name."));
}
