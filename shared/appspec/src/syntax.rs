//! Texts that are not YAML at all: what is wrong and how such a thing usually comes about.

use crate::finding::{Finding, Place};
use crate::load::MAX_DEPTH;
use granit_parser::{ErrorKind, Marker, ScanError};

pub(crate) fn place(mark: &Marker) -> Place {
    let bounded = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place { line: bounded(mark.line().max(1)), column: bounded(mark.col().saturating_add(1)) }
}

/// The finding for a text on which the parser gave up.
pub(crate) fn finding(error: &ScanError) -> Finding {
    let here = place(error.marker());
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        let message = format!("Lists and mappings are nested more than {MAX_DEPTH} levels deep.");
        return Finding::error("too-deep", message).at(here, "");
    }
    let detail = error.info();
    let finding =
        Finding::error("syntax", format!("The text is not valid YAML or JSON: {detail}.")).at(here, "");
    match advice(error.kind(), &detail) {
        Some(advice) => finding.advise(advice),
        None => finding,
    }
}

fn advice(kind: &ErrorKind, detail: &str) -> Option<&'static str> {
    if detail.contains("tab") {
        return Some("Indent with spaces.");
    }
    if matches!(kind, ErrorKind::UnknownAnchor | ErrorKind::MissingAnchorOrAliasName) {
        return Some("A value that starts with * or & needs quotes.");
    }
    if detail.contains("mapping values are not allowed") {
        return Some(
            "Check the indentation of this line and of the one before; a value that contains a colon and a space needs quotes.",
        );
    }
    if detail.contains("did not find expected key") || detail.contains("indentation") {
        return Some("Check that keys of the same level start in the same column.");
    }
    if detail.contains("unclosed quote") || detail.contains("unexpected EOF") {
        return Some("Close the quote or bracket that was opened.");
    }
    None
}
