//! Which failures of real systems the scenario files play, and which they do not yet.

use std::fmt::Write;
use std::path::Path;

/// One line of `failures.txt`.
struct Failure {
    number: u32,
    place: String,
    what: String,
    /// What is missing before it can be played.
    needs: Option<String>,
    /// Scenario files about it.
    files: Vec<String>,
}

/// The table of a folder of scenarios, in Markdown. A failure that is neither played nor waits for something,
/// a file whose number is in no line, and a failure that waits although it is played are errors. Files without a
/// number are somebody's own.
pub fn table(folder: &Path) -> Result<String, String> {
    let failures = read(folder)?;
    let played = failures.iter().filter(|f| !f.files.is_empty()).count();
    let mut out = String::from("# Which failures the scenarios play\n\n");
    let _ = writeln!(out, "Made by `cargo run --release -p sim -- --coverage`; not written by hand.\n");
    let _ = writeln!(out, "{played} of {} are played.\n", failures.len());
    let _ = writeln!(out, "| | where | what happened | scenarios |\n|---|---|---|---|");
    for Failure { number, place, what, needs, files } in &failures {
        let scenarios = match needs {
            Some(needs) => format!("not yet: needs {needs}"),
            None => files.join(", "),
        };
        let _ = writeln!(out, "| S-{number} | {place} | {what} | {scenarios} |");
    }
    Ok(out)
}

/// Whether a scenario's name begins with a failure's number: `s04-…`.
pub fn is_numbered(name: &str) -> bool {
    let mut parts = name.split('-');
    let number = parts.next().and_then(|first| first.strip_prefix('s'));
    number.is_some_and(|n| n.len() == 2 && n.parse::<u8>().is_ok())
}

fn read(folder: &Path) -> Result<Vec<Failure>, String> {
    let path = folder.join("failures.txt");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut files = crate::scenario::files(folder)?;
    files.retain(|file| is_numbered(file));
    let mut failures = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let wrong = |what: &str| format!("{}: line {}: {what}", path.display(), at + 1);
        let mut parts = line.split(" | ").map(str::to_owned);
        let mut part = |name: &str| parts.next().ok_or_else(|| wrong(&format!("{name} is missing")));
        let number = part("the number")?;
        let number = number.strip_prefix("S-").and_then(|n| n.parse().ok());
        let number: u32 = number.ok_or_else(|| wrong("it does not begin with a number like S-7"))?;
        let (place, what) = (part("where it happened")?, part("what happened")?);
        let needs = parts.next();
        let prefix = format!("s{number:02}-");
        let own: Vec<String> = files.extract_if(.., |file| file.starts_with(&prefix)).collect();
        match (&needs, own.is_empty()) {
            (None, true) => return Err(wrong("no scenario plays it, and nothing is said to be missing")),
            (Some(_), false) => return Err(wrong("a scenario plays it, so nothing is missing")),
            _ => failures.push(Failure { number, place, what, needs, files: own }),
        }
    }
    match files.first() {
        Some(file) => Err(format!("{file} belongs to no line of {}", path.display())),
        None => Ok(failures),
    }
}
