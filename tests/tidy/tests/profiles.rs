//! What the release profile says of single packages.

use std::collections::BTreeSet;
use std::process::Command;

use tidy::root;

/// The packages that these of the workspace are built from.
fn built_from(packages: &[String]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{lib}"])
        .args(packages.iter().flat_map(|name| ["--package", name]))
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| line.replace('_', "-")).collect()
}

#[test]
fn what_is_less_optimised_for_the_quick_start_does_not_run_on_lambda() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let (_, section) = manifest.split_once("\n[profile.release.package]\n").expect("the section");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let named: Vec<_> =
        lines.filter_map(|line| line.split_once(".opt-level")).map(|(name, _)| name).collect();
    assert!(!named.is_empty());
    let functions = std::fs::read_dir(root().join("functions")).expect("the functions");
    let functions: Vec<_> =
        functions.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let (on_lambda, quick_start) = (built_from(&functions), built_from(&["cutover".to_owned()]));
    for name in named {
        let name = name.replace('_', "-");
        assert!(
            !on_lambda.contains(&name),
            "{name} runs on Lambda, and would be built with this level there"
        );
        assert!(quick_start.contains(&name), "{name} is not in the quick start");
    }
}
