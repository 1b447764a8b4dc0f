//! `sim`: runs worlds and says whether anything was violated.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use sim::campaign::{self, Outcome, Tally};
use sim::coverage;
use sim::exhaustive::{self, Single};
use sim::generate;
use sim::mutants::{self, Mutant};
use sim::report::Violation;
use sim::scenario::{Expect, Scenario};
use sim::setup::Setup;
use sim::shrink::shrink;
use sim::world;

/// Runs deterministic worlds: one seed, one world. Exits with 0 only if no invariant was violated.
#[derive(Parser)]
#[command(after_help = "Examples:
  sim --seeds 100000                              that many worlds of random deployments in random trouble
  sim --from 4711 --seeds 1 --trace               one world, step by step
  sim --scenario tests/sim/scenarios              every scenario file of a folder
  sim --exhaustive --seeds 50                     every call failing once in every way
  sim --mutants all                               broken engines, each of which must be caught")]
struct Arguments {
    /// How many worlds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs this scenario, or all of a folder, instead.
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// Prints what happens, call by call.
    #[arg(long)]
    trace: bool,
    /// Lets every call of every seed's world go wrong in every way, once each, and nothing else.
    #[arg(long)]
    exhaustive: bool,
    /// Runs the worlds on an engine with this rule broken: something must be violated.
    #[arg(long, value_name = "NAME", value_parser = mutants::named)]
    mutant: Option<Mutant>,
    /// Prints which failures of real systems the scenario files play.
    #[arg(long)]
    coverage: bool,
    /// Runs every broken engine, or one, until it is caught. Exits with 0 only if none survives.
    #[arg(long, value_name = "all|NAME", conflicts_with_all = ["mutant", "scenario", "exhaustive"])]
    mutants: Option<String>,
}

/// Of the single faults of a scenario one in so many is tried on a broken engine.
const STRIDE: usize = 10;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let fine = if let Some(path) = &arguments.scenario {
        scenarios(path, &arguments)
    } else if let Some(which) = &arguments.mutants {
        hunt(which, &arguments)
    } else if arguments.coverage {
        coverage::table(mutants::scenario_folder()).map(|table| {
            print!("{table}");
            true
        })
    } else if arguments.exhaustive {
        everywhere(&arguments)
    } else {
        random(&arguments)
    };
    match fine {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(wrong) => {
            eprintln!("error: {wrong}");
            ExitCode::from(2)
        }
    }
}

impl Arguments {
    fn range(&self) -> std::ops::Range<u64> {
        self.from..self.from.saturating_add(self.seeds)
    }

    fn setup(&self, seed: u64) -> Setup {
        Setup { mutant: self.mutant, ..generate::setup(seed) }
    }
}

/// Worlds of the seeds' own making.
fn random(arguments: &Arguments) -> Result<bool, String> {
    if arguments.trace {
        for seed in arguments.range() {
            let report = world::run(&arguments.setup(seed), seed, true);
            print(&report.trace);
            if let Some(violation) = report.violation {
                println!("seed {seed} violates {violation}");
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let tally = campaign::run(arguments.range(), |seed| {
        let report = world::run(&arguments.setup(seed), seed, false);
        Outcome { worlds: 1, calls: report.calls, found: report.violation }
    });
    if let Some((seed, violation)) = &tally.found {
        explain(&arguments.setup(*seed), *seed, violation);
        return Ok(false);
    }
    figures(&tally);
    Ok(true)
}

/// Every seed's world without its faults, and then with one fault at a time.
fn everywhere(arguments: &Arguments) -> Result<bool, String> {
    let quiet = |seed| {
        let mut setup = arguments.setup(seed);
        setup.faults = sim::faults::Faults { skew: setup.faults.skew, ..Default::default() };
        setup
    };
    let tally = campaign::run(arguments.range(), |seed| {
        let (found, worlds, calls) = exhaustive::everywhere(&quiet(seed), seed, 1, |_| Ok(()));
        Outcome { worlds, calls, found }
    });
    if let Some((seed, (single, what))) = &tally.found {
        print(&world::run(&exhaustive::with(&quiet(*seed), *single), *seed, true).trace);
        println!("seed {seed}, {single:?}: {what}");
        return Ok(false);
    }
    figures(&tally);
    Ok(true)
}

/// Broken engines.
fn hunt(which: &str, arguments: &Arguments) -> Result<bool, String> {
    let chosen: Vec<Mutant> =
        if which == "all" { Mutant::ALL.to_vec() } else { vec![mutants::named(which)?] };
    let mut survived = 0;
    for mutant in &chosen {
        match mutants::caught(*mutant, arguments.range(), STRIDE) {
            Some(how) => println!("{}: {how}", mutant.name()),
            None => {
                survived += 1;
                println!("{}: SURVIVED {} seeds and every scenario", mutant.name(), arguments.seeds);
            }
        }
    }
    println!("{} caught, {survived} survived", chosen.len() - survived);
    Ok(survived == 0)
}

fn scenarios(path: &Path, arguments: &Arguments) -> Result<bool, String> {
    let mut fine = true;
    let mut worlds = 0;
    for (name, mut scenario) in Scenario::load(path)? {
        scenario.setup.mutant = arguments.mutant;
        if arguments.trace {
            print(&world::run(&scenario.setup, scenario.from, true).trace);
        }
        match scenario.run(1) {
            Ok(ran) => {
                println!("{name}: {ran} worlds, all as expected");
                worlds += ran;
            }
            Err(wrong) => {
                fine = false;
                print(&wrong.trace);
                let after = if wrong.single == Single::Nothing {
                    String::new()
                } else {
                    format!(", {:?}", wrong.single)
                };
                println!("{name}: seed {}{after}: {}", wrong.seed, wrong.what);
            }
        }
    }
    println!("{worlds} worlds as expected");
    Ok(fine)
}

/// Tells a violation by the smallest world that shows it, as a scenario that can be kept.
fn explain(setup: &Setup, seed: u64, violation: &Violation) {
    let small = shrink(setup, seed);
    let report = world::run(&small, seed, true);
    print(&report.trace);
    println!("\nthe same as a scenario:\n");
    let scenario =
        Scenario { setup: small, expects: vec![Expect::Over], seeds: 1, from: seed, everywhere: false };
    println!("{}", scenario.write());
    println!("seed {seed} violates {violation}");
    println!("  {}: {}", violation.invariant, sim::check::meaning(violation.invariant));
    println!("again, whole: cargo run --release -p sim -- --from {seed} --seeds 1 --trace");
}

fn print(trace: &[String]) {
    trace.iter().for_each(|line| println!("{line}"));
}

fn figures<F>(tally: &Tally<F>) {
    let secs = tally.took.as_secs_f64().max(0.001);
    println!(
        "{} worlds, {} calls of ports, nothing violated: {secs:.1} s, {:.0} worlds/s, {:.0} calls/s",
        tally.worlds,
        tally.calls,
        tally.worlds as f64 / secs,
        tally.calls as f64 / secs
    );
}
