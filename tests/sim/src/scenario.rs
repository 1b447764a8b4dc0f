//! Scenarios: what is given, what goes wrong, and how it must end, in a text that needs no programmer.
//!
//! ```text
//! # A line of comment: where the failure happened in real life.
//! given
//!   canary 10% 5min
//!   hook before answers Succeeded after 3s
//!   alarms hot
//!   rollback on failure alarm
//! faults
//!   at 3min alarm hot red
//!   call set-alias 2 crash after
//! expect
//!   deployment 1 Stopped ALARM_ACTIVE
//!   rollback created
//!   alias version 1
//! ```
//! Every line is one of those in `scenarios/README.md`. Whatever a scenario expects, the invariants hold.

mod fleet;
mod judge;
mod parse;
mod story;
mod words;
mod write;

use std::path::{Path, PathBuf};

use cutover_core::alias::AliasState;
use cutover_core::deployment::{ErrorCode, Verdict};

use crate::exhaustive::{self, Single};
use crate::report::{Ended, Report};
use crate::setup::Setup;
use crate::world::{self, Runs};

/// A scenario as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The world before it begins.
    pub setup: Setup,
    /// What must be true at the end.
    pub expects: Vec<Expect>,
    /// With how many seeds it is run.
    pub seeds: u64,
    /// The first of them.
    pub from: u64,
    /// Whether every call fails once and every message is doubled and lost once, too.
    pub everywhere: bool,
}

/// What must be true at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// The deployment of that number, from 1 and without rollback deployments, ended so.
    Deployment {
        /// Its number.
        number: usize,
        /// How.
        verdict: Verdict,
        /// Why.
        code: Option<ErrorCode>,
    },
    /// Everything is over, however: what the invariants demand anyway.
    Over,
    /// Every deployment ended so.
    All(Verdict),
    /// So many deployments were created, without rollback deployments.
    Deployments(usize),
    /// So many rollback deployments were created.
    Rollbacks(usize),
    /// The alias is as this describes it.
    Alias(AliasState),
    /// The alias is gone.
    AliasGone,
    /// Everything was over by then.
    Within(i64),
    /// Hooks were invoked so often.
    Invocations(u64),
    /// So the hosts of a deployment ended.
    Hosts {
        /// Its number, from 1 and without rollback deployments; of the first of these where there is none.
        of: Option<usize>,
        /// How many succeeded.
        succeeded: u32,
        /// How many failed, were lost, or never took their order.
        failed: u32,
        /// How many were not started.
        skipped: u32,
    },
    /// Whether a process of an Auto Scaling group that exists is suspended in the end.
    Process {
        /// Which group, from 1.
        group: u32,
        /// Which process.
        process: String,
        /// Whether it is.
        suspended: bool,
    },
    /// What a host runs in the end.
    Host {
        /// Which, from 1.
        host: usize,
        /// What.
        runs: Runs,
    },
}

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// A scenario that went wrong.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// With which seed.
    pub seed: u64,
    /// What had gone wrong in its world, in an exhaustive run.
    pub single: Single,
    /// What is not as it must be.
    pub what: String,
    /// What happened.
    pub trace: Vec<String>,
}

impl Scenario {
    /// Reads a scenario.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::parse(text)
    }

    /// The scenarios of a file or of a whole folder, by name.
    pub fn load(path: &Path) -> Result<Vec<(String, Self)>, String> {
        let read = |file: PathBuf| {
            let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
            let text = std::fs::read_to_string(&file).map_err(|e| told(&e))?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok((name, Self::parse(&text).map_err(|e| told(&e))?))
        };
        if !path.is_dir() {
            return Ok(vec![read(path.to_owned())?]);
        }
        files(path)?.into_iter().map(|name| read(path.join(format!("{name}.txt")))).collect()
    }

    /// The text that reads as this scenario. `chaos` is not told: what goes wrong is spelt out.
    pub fn write(&self) -> String {
        write::text(self)
    }

    /// Runs it with all its seeds, and gives the number of worlds. A `stride` of n tries one in n single
    /// faults of an `everywhere`.
    pub fn run(&self, stride: usize) -> Result<u64, Box<Wrong>> {
        let mut worlds = 0;
        for seed in self.from..self.from + self.seeds {
            let found = if self.everywhere {
                let (found, ran, _) =
                    exhaustive::everywhere(&self.setup, seed, stride, |report| self.judge(report));
                worlds += ran;
                found
            } else {
                worlds += 1;
                let report = world::run(&self.setup, seed, false);
                let broken = report.violation.as_ref().map(ToString::to_string);
                broken.or_else(|| self.judge(&report).err()).map(|what| (Single::Nothing, what))
            };
            if let Some((single, what)) = found {
                let trace = world::run(&exhaustive::with(&self.setup, single), seed, true).trace;
                return Err(Box::new(Wrong { seed, single, what, trace }));
            }
        }
        Ok(worlds)
    }

    /// What of the expectations is not so.
    pub fn judge(&self, report: &Report) -> Result<(), String> {
        self.expects.iter().try_for_each(|expect| expect.judge(report))
    }
}

impl Expect {
    /// What is not as it says.
    pub fn judge(&self, report: &Report) -> Result<(), String> {
        judge::one(self, report)
    }
}

/// The names of a folder's scenario files, in order: those that begin with `s` and a number.
pub fn files(folder: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter_map(|n| n.strip_suffix(".txt").map(str::to_owned)).collect();
    names.retain(|name| name != "failures");
    names.sort();
    Ok(names)
}

/// The deployments that somebody asked for.
fn asked(report: &Report) -> impl Iterator<Item = &Ended> {
    report.deployments.iter().filter(|d| !d.rollback)
}
