//! Every scenario file ends as it says.

use sim::coverage::is_numbered;
use sim::mutants::scenario_folder;
use sim::scenario::{Scenario, files};

/// Unoptimised worlds are slow: there, every eleventh single fault is tried.
const STRIDE: usize = if cfg!(debug_assertions) { 11 } else { 1 };

#[test]
fn every_scenario_ends_as_it_says() {
    let scenarios = Scenario::load(scenario_folder()).expect("readable scenarios");
    assert!(scenarios.len() >= 20, "{} scenarios", scenarios.len());
    for (name, scenario) in scenarios {
        if let Err(wrong) = scenario.run(STRIDE) {
            let trace = wrong.trace.join("\n");
            panic!("{trace}\n{name}: seed {}, {:?}: {}", wrong.seed, wrong.single, wrong.what);
        }
    }
}

#[test]
fn every_scenario_names_where_it_comes_from() {
    let all = files(scenario_folder()).expect("the folder of scenarios");
    for name in all.into_iter().filter(|name| is_numbered(name)) {
        let file = scenario_folder().join(format!("{name}.txt"));
        let text = std::fs::read_to_string(file).expect("a readable scenario");
        let number = &name[1..3];
        let first = text.lines().next().unwrap_or_default();
        let told = first.starts_with(&format!("# S-{}", number.trim_start_matches('0')));
        assert!(told, "{name} begins with {first:?}");
    }
}
