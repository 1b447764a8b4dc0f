//! Properties that hold for every text.

use std::fs;
use std::path::PathBuf;

use crate::{AppSpec, MAX_FINDINGS, Platform, Severity, check, parse_ecs, parse_lambda, parse_server};
use proptest::prelude::*;

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

/// The texts of `corpus/`: by their name, what is valid and what is odd.
fn corpus() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder).expect("the corpus").map(|file| file.expect("a file").path());
    let named = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("a text"))
    };
    let mut all: Vec<_> = files.map(named).collect();
    all.sort();
    all
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(corpus().into_iter().map(|(_, text)| text).collect::<Vec<_>>())
}

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
        text in text(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..8, prop::sample::select(PIECES)), 1..5),
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        for (index, cut, piece) in edits {
            let from = index.index(chars.len() + 1);
            let to = chars.len().min(from + cut);
            chars.splice(from..to, piece.chars());
        }
        holds(&chars.into_iter().collect::<String>())?;
    }

    #[test]
    fn halves_of_two_specs(one in text(), other in text(), cut in any::<prop::sample::Index>(), rest in any::<prop::sample::Index>()) {
        let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
        let (one, other) = (lines(&one), lines(&other));
        let (first, second) = (&one[..cut.index(one.len() + 1)], &other[rest.index(other.len() + 1)..]);
        holds(&[first, second].concat().concat())?;
    }
}

#[test]
fn the_corpus_is_what_its_names_say() {
    let all = corpus();
    assert!(all.iter().filter(|(name, _)| name.starts_with("valid-")).count() >= 3);
    for (name, text) in all {
        assert!(holds(&text).is_ok(), "{name}");
        let findings = check(&text, None).findings;
        assert!(name.starts_with("odd-") || check(&text, None).spec.is_some(), "{name}: {findings:#?}");
    }
}
