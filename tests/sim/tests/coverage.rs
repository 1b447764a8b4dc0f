//! The list of failures is whole, and the table made of it is fresh.

use sim::coverage::table;
use sim::mutants::scenario_folder;

#[test]
fn the_table_is_what_the_files_say() {
    let table = table(scenario_folder()).expect("a whole list");
    let kept = std::fs::read_to_string(scenario_folder().join("COVERAGE.md")).expect("the table");
    assert!(
        kept == table,
        "make it anew: cargo run --release -p sim -- --coverage > tests/sim/scenarios/COVERAGE.md"
    );
}
