//! Every scenario file ends as it says.

use std::fs;
use std::path::Path;

use sim::scenario::Scenario;

/// Unoptimised worlds are slow: there, every eleventh single fault is tried.
const STRIDE: usize = if cfg!(debug_assertions) { 11 } else { 1 };

fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a readable scenario"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_scenario_ends_as_it_says() {
    let files = files();
    assert!(files.len() >= 20, "{} scenarios", files.len());
    for (name, text) in files {
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Err(wrong) = scenario.run(STRIDE) {
            let trace = wrong.trace.join("\n");
            panic!("{trace}\n{name}: seed {}, {:?}: {}", wrong.seed, wrong.single, wrong.what);
        }
    }
}

#[test]
fn every_scenario_names_where_it_comes_from() {
    for (name, text) in files() {
        let number = &name[1..3];
        let first = text.lines().next().unwrap_or_default();
        let told = first.starts_with(&format!("# S-{}", number.trim_start_matches('0')));
        assert!(told, "{name} begins with {first:?}");
    }
}
