//! The requests that stand in files.

use serde_json::Value;

use super::Request;

/// A request of the corpus.
#[derive(Debug, Clone)]
pub(super) struct Seed {
    pub(super) operation: String,
    pub(super) input: Value,
    /// Refused, however valid it is.
    pub(super) refused: bool,
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

fn seeds(text: &str) -> Vec<Seed> {
    let seed = |line: &str| {
        let refused = line.starts_with('?');
        let (operation, input) = line.trim_start_matches('?').split_once(' ').expect("an input");
        let input = serde_json::from_str(input).unwrap_or_else(|error| panic!("{line}: {error}"));
        Seed { operation: operation.to_owned(), input, refused }
    };
    lines(text).map(seed).collect()
}

/// What makes the world, in order.
pub(super) fn world() -> Vec<Seed> {
    seeds(include_str!("../../corpus/world.txt"))
}

/// Valid requests, of every operation.
pub(super) fn requests() -> Vec<Seed> {
    seeds(include_str!("../../corpus/requests.txt"))
}

/// Requests that once broke a rule.
pub(super) fn found() -> Vec<Request> {
    let request = |line: &str| {
        let (operation, body) = line.split_once(' ').unwrap_or((line, ""));
        Request { operation: operation.to_owned(), body: body.into() }
    };
    lines(include_str!("../../corpus/found.txt")).map(request).collect()
}

/// The X-Amz-Target of an operation: that of ours, if CodeDeploy has none of that name.
pub(super) fn target(operation: &str) -> String {
    let ours = format!("Cutover_20261101.{operation}");
    if api::Asked::json(Some(&ours)).name().is_some() {
        ours
    } else {
        format!("CodeDeploy_20141006.{operation}")
    }
}
