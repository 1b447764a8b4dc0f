//! Rules that hold for every value of the tree, whatever its meaning.

use crate::fields::{Case, View};
use crate::finding::{Finding, Severity};
use crate::report::Report;
use crate::words::cut;
use std::collections::HashMap;

/// Duplicate keys, merge keys and CloudFormation functions.
///
/// Agent, AppSpec parsing: of duplicate keys the last wins, so a server AppSpec is only warned. For Lambda
/// and ECS it is an error: which version goes live must not be a guess.
pub(crate) fn walk(view: &View<'_>, case: Case, report: &mut Report) {
    let doubtful = if case == Case::Exact { Severity::Warning } else { Severity::Error };
    if let Some(function) = view.node.intrinsic() {
        let message = format!("{} uses the CloudFormation function {}.", name(view), cut(function));
        let advice = "An AppSpec is not a template and nothing evaluates it: write the value itself, \
                      or let CloudFormation put the AppSpec together (Fn::Sub).";
        let finding = Finding::new(doubtful, "intrinsic", message).at(view.node.place, view.path.as_str());
        report.push(finding.advise(advice));
    }
    let mut seen = HashMap::new();
    for entry in view.node.entries() {
        let child = view.entry(entry);
        let key = if case == Case::Any { entry.key.to_ascii_lowercase() } else { entry.key.clone() };
        if entry.key == "<<" {
            let finding = Finding::error("merge-key", "Merge keys (<<) are not read.");
            report.push(finding.at(entry.key_place, child.path.as_str()).advise("Write the keys out."));
        } else if let Some(first) = seen.insert(key, entry.key_place) {
            let key = cut(&entry.key);
            let message = format!("{key} is there twice, first on line {}; the last one counts.", first.line);
            let finding = Finding::new(doubtful, "duplicate-key", message);
            report.push(finding.at(entry.key_place, child.path.as_str()).advise("Keep only one of them."));
        }
        walk(&child, case, report);
    }
    for item in view.items() {
        walk(&item, case, report);
    }
}

fn name(view: &View<'_>) -> String {
    if view.path.is_empty() { "The AppSpec".to_owned() } else { view.name() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;
    use crate::load::load;

    fn findings(text: &str, case: Case) -> Vec<(Severity, &'static str, Option<Place>, String)> {
        let root = load(text).unwrap().root.unwrap();
        let mut report = Report::default();
        walk(&View::root(&root), case, &mut report);
        report.finish().into_iter().map(|f| (f.severity, f.code, f.place, f.path)).collect()
    }

    fn at(line: u32, column: u32) -> Option<Place> {
        Some(Place { line, column })
    }

    #[test]
    fn finds_them_at_any_depth() {
        use Severity::{Error, Warning};
        for (text, case, expected) in [
            ("a:\n - b: 1\n   B: 2\n", Case::Any, vec![(Error, "duplicate-key", at(3, 4), "a[0].B")]),
            ("a:\n - b: 1\n   B: 2\n", Case::Exact, vec![]),
            ("a:\n - b: 1\n   b: 2\n", Case::Exact, vec![(Warning, "duplicate-key", at(3, 4), "a[0].b")]),
            ("a: !GetAtt F.Version", Case::Any, vec![(Error, "intrinsic", at(1, 4), "a")]),
            ("a: {Ref: F}", Case::Any, vec![(Error, "intrinsic", at(1, 4), "a")]),
            ("a:\n  Fn::GetAtt: [F, V]", Case::Any, vec![(Error, "intrinsic", at(2, 3), "a")]),
            ("b: &x {c: 1}\na:\n  <<: *x", Case::Any, vec![(Error, "merge-key", at(3, 3), "a.<<")]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(s, c, p, path)| (s, c, p, path.to_owned())).collect();
            assert_eq!(findings(text, case), expected, "{text}");
        }
    }
}
