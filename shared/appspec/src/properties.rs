//! Properties that hold for every text.

use crate::{AppSpec, MAX_FINDINGS, Platform, Severity, check, parse_ecs, parse_lambda, parse_server};
use proptest::prelude::*;

const VALID: &[&str] = &[
    "version: 0.0\nResources:\n  - api:\n      Type: AWS::Lambda::Function\n      Properties:\n        Name: f\n        Alias: live\n        CurrentVersion: 1\n        TargetVersion: \"2\"\nHooks:\n  - BeforeAllowTraffic: check\n",
    "{\"version\": 0.0, \"Resources\": [{\"s\": {\"Type\": \"AWS::ECS::Service\", \"Properties\": {\"TaskDefinition\": \"web:7\", \"LoadBalancerInfo\": {\"ContainerName\": \"web\", \"ContainerPort\": 80}, \"NetworkConfiguration\": {\"AwsvpcConfiguration\": {\"Subnets\": [\"subnet-1\"], \"SecurityGroups\": [\"sg-1\"], \"AssignPublicIp\": \"ENABLED\"}}}}}], \"Hooks\": [{\"AfterInstall\": \"f\"}]}",
    "version: 0.0\nos: linux\nfiles:\n  - source: /\n    destination: /srv\npermissions:\n  - object: /srv\n    mode: \"0644\"\n    acls: [\"u:a:rw\"]\n    context: {type: t, range: s0:c1}\n    type: [file]\nhooks:\n  AfterInstall:\n    - location: a.sh\n      timeout: 30\n      sudo: true\n",
];

/// Pieces that mean something to YAML or to an AppSpec.
const PIECES: &[&str] = &[
    ":",
    " ",
    "\n",
    "\n  ",
    "- ",
    "*",
    "&a ",
    "*a",
    "!",
    "!GetAtt ",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "#",
    "|",
    ">",
    "? ",
    "<<: ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\t",
    "\0",
    "\u{feff}",
    "é",
    "null",
    "~",
    "$LATEST",
    "<X>",
    "0",
    "{Ref: x}",
    "Hooks",
    "Resources",
    "os",
    "\r\n",
    "\\",
    ",",
];

fn holds(text: &str) -> Result<(), TestCaseError> {
    for expected in [None, Some(Platform::Server), Some(Platform::Lambda), Some(Platform::Ecs)] {
        let checked = check(text, expected);
        let refused = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
        prop_assert_eq!(checked.spec.is_none(), refused);
        prop_assert!(checked.findings.len() <= MAX_FINDINGS + 1);
        prop_assert!(
            checked.findings.is_sorted_by_key(|finding| finding.place)
                || checked.findings.len() > MAX_FINDINGS
        );
        // In a text of n lines, every place is within them.
        let lines = text.split(['\n', '\r']).count() as u32;
        for place in checked.findings.iter().filter_map(|finding| finding.place) {
            prop_assert!((1..=lines.max(1)).contains(&place.line) && place.column >= 1, "{}", place);
        }
        if let (Some(spec), Some(expected)) = (&checked.spec, expected) {
            prop_assert_eq!(spec.platform(), expected);
        }
    }
    let checked = |platform| check(text, Some(platform)).spec;
    prop_assert_eq!(parse_lambda(text).ok().map(AppSpec::Lambda), checked(Platform::Lambda));
    prop_assert_eq!(parse_ecs(text).ok().map(AppSpec::Ecs), checked(Platform::Ecs));
    prop_assert_eq!(parse_server(text).ok().map(AppSpec::Server), checked(Platform::Server));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        holds(&pieces.concat())?;
    }

    #[test]
    fn mutated_specs(
        valid in prop::sample::select(VALID),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..8, prop::sample::select(PIECES)), 1..5),
    ) {
        let mut chars: Vec<char> = valid.chars().collect();
        for (index, cut, piece) in edits {
            let from = index.index(chars.len() + 1);
            let to = chars.len().min(from + cut);
            chars.splice(from..to, piece.chars());
        }
        holds(&chars.into_iter().collect::<String>())?;
    }
}

#[test]
fn the_specs_that_are_mutated_are_valid() {
    for text in VALID {
        assert!(check(text, None).spec.is_some(), "{:#?}", check(text, None).findings);
    }
}
