//! `sim`: runs worlds and says whether anything was violated.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use sim::exhaustive;
use sim::generate;
use sim::mutants::Mutant;
use sim::report::{Report, Violation};
use sim::scenario::Scenario;
use sim::world;

/// Runs deterministic worlds: one seed, one world. Exits with 1 when an invariant was violated.
#[derive(Parser)]
struct Arguments {
    /// How many worlds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs this scenario instead.
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// Prints what happens in every world.
    #[arg(long)]
    trace: bool,
    /// Lets every call of every seed's world go wrong in every way, once each, and nothing else.
    #[arg(long)]
    exhaustive: bool,
    /// Runs broken engines and says which seed catches each; those that survive make the exit status 1.
    #[arg(long)]
    mutants: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let fine = if let Some(path) = &arguments.scenario {
        scenario(path, arguments.trace)
    } else if arguments.mutants {
        mutants(&arguments)
    } else if arguments.exhaustive {
        everywhere(&arguments)
    } else {
        random(&arguments)
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Worlds of the seeds' own making.
fn random(arguments: &Arguments) -> bool {
    let begun = Instant::now();
    let mut calls = 0;
    for (done, seed) in (arguments.from..arguments.from + arguments.seeds).enumerate() {
        let report = world::run(&generate::setup(seed), seed, arguments.trace);
        calls += report.calls;
        if arguments.trace {
            print_trace(&report);
        }
        if let Some(violation) = &report.violation {
            let again = world::run(&generate::setup(seed), seed, true);
            if !arguments.trace {
                print_trace(&again);
            }
            print_violation(seed, violation);
            return false;
        }
        progress(done as u64 + 1, arguments.seeds, begun);
    }
    figures(arguments.seeds, calls, begun);
    true
}

/// Every seed's world without its faults, and then with one fault at a time.
fn everywhere(arguments: &Arguments) -> bool {
    let begun = Instant::now();
    let (mut worlds, mut calls) = (0, 0);
    for (done, seed) in (arguments.from..arguments.from + arguments.seeds).enumerate() {
        let mut setup = generate::setup(seed);
        setup.faults = sim::faults::Faults { skew: setup.faults.skew, ..Default::default() };
        let (found, ran, called) = exhaustive::everywhere(&setup, seed, 1, |_| Ok(()));
        worlds += ran;
        calls += called;
        if let Some((single, what)) = found {
            print_trace(&world::run(&exhaustive::with(&setup, single), seed, true));
            println!("seed {seed}, {single:?}: {what}");
            return false;
        }
        progress(done as u64 + 1, arguments.seeds, begun);
    }
    figures(worlds, calls, begun);
    true
}

fn mutants(arguments: &Arguments) -> bool {
    let seeds = arguments.from..arguments.from + arguments.seeds;
    let mut survived = 0;
    for (mutant, name) in Mutant::ALL {
        match mutant.caught(seeds.clone()) {
            Some((seed, violation)) => {
                println!("{name}: caught after {} seeds by {violation}", seed - seeds.start + 1);
            }
            None => {
                survived += 1;
                println!("{name}: SURVIVED {} seeds", arguments.seeds);
            }
        }
    }
    println!("{} caught, {survived} survived", Mutant::ALL.len() - survived);
    survived == 0
}

fn scenario(path: &PathBuf, trace: bool) -> bool {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            println!("{}: {error}", path.display());
            return false;
        }
    };
    let scenario = match Scenario::parse(&text) {
        Ok(scenario) => scenario,
        Err(error) => {
            println!("{}: {error}", path.display());
            return false;
        }
    };
    if trace {
        print_trace(&world::run(&scenario.setup, 0, true));
    }
    match scenario.run(1) {
        Ok(worlds) => {
            println!("{}: {worlds} worlds, all as expected", path.display());
            true
        }
        Err(wrong) => {
            wrong.trace.iter().for_each(|line| println!("{line}"));
            println!("{}: seed {}, {:?}: {}", path.display(), wrong.seed, wrong.single, wrong.what);
            false
        }
    }
}

fn print_trace(report: &Report) {
    report.trace.iter().for_each(|line| println!("{line}"));
}

fn print_violation(seed: u64, violation: &Violation) {
    println!("seed {seed} violates {violation}");
    println!("again: cargo run --release -p sim -- --from {seed} --seeds 1 --trace");
}

fn progress(done: u64, of: u64, begun: Instant) {
    let mut out = std::io::stderr();
    if done.is_multiple_of(1_000) && out.is_terminal() {
        let rate = done as f64 / begun.elapsed().as_secs_f64();
        let _ = write!(out, "\r{done} of {of} seeds, {rate:.0}/s ");
        let _ = out.flush();
    }
}

fn figures(worlds: u64, calls: u64, begun: Instant) {
    let secs = begun.elapsed().as_secs_f64().max(0.001);
    println!(
        "{worlds} worlds, {calls} calls of ports, nothing violated: {secs:.1} s, {:.0} worlds/s, {:.0} calls/s",
        worlds as f64 / secs,
        calls as f64 / secs
    );
}
