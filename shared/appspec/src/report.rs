//! The collector of findings.

use crate::finding::{Finding, Severity};

/// The most findings that one check reports; the rest is counted in a last one.
pub const MAX_FINDINGS: usize = 100;

/// Findings in the order in which the rules came upon them, bounded; when full, errors go before warnings.
#[derive(Debug, Default)]
pub(crate) struct Report {
    kept: Vec<Finding>,
    dropped: usize,
    errors: usize,
}

impl Report {
    pub(crate) fn push(&mut self, finding: Finding) {
        self.errors += usize::from(finding.is_error());
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
            return;
        }
        self.dropped += 1;
        let warning = || self.kept.iter().rposition(|kept| !kept.is_error());
        if let Some(index) = finding.is_error().then(warning).flatten() {
            self.kept[index] = finding;
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The findings in the order of the text; those without a place come first.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut findings = self.kept;
        findings.sort_by_key(|finding| finding.place);
        if self.dropped > 0 {
            let severity = if self.errors > 0 { Severity::Error } else { Severity::Warning };
            let message = format!("There are {} more findings.", self.dropped);
            findings.push(Finding::new(severity, "more", message));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    #[test]
    fn orders_by_place_and_counts_what_it_drops() {
        let mut report = Report::default();
        for line in (1..=110).rev() {
            report.push(Finding::warning("w", "W.").at(Place { line, column: 1 }, ""));
        }
        report.push(Finding::error("e", "E."));
        assert!(report.has_errors());
        let findings = report.finish();
        assert_eq!(findings.len(), MAX_FINDINGS + 1);
        assert_eq!(findings[0].code, "e", "errors go before warnings when there is no room");
        assert!(findings[0].place < findings[1].place);
        let last = findings.last().unwrap();
        assert_eq!((last.code, last.severity), ("more", Severity::Error));
        assert_eq!(last.message, "There are 11 more findings.");
    }
}
