//! The version of an AppSpec: always 0.0.

use crate::fields::Fields;
use crate::report::Report;
use crate::spec::Platform;
use crate::words::shown;

/// Agent, AppSpec parsing: the version must equal the number 0 (`0.0`, `0`), and the text "0.0" fails.
/// Lambda and ECS AppSpecs come with the text too, so theirs is accepted.
pub(crate) fn check(fields: &Fields<'_>, platform: Platform, report: &mut Report) {
    let Some(view) = fields.require("version", "Write version: 0.0 as the first line.", report) else {
        return;
    };
    let Some(text) = view.scalar(report) else { return };
    let number = text.parse::<f64>();
    if view.node.plain().is_some() {
        if number != Ok(0.0) {
            let message = format!("The version is {}; it must be 0.0.", crate::words::cut(text));
            let advice =
                "0.0 is the version of the AppSpec format, not of the application: write version: 0.0.";
            report.push(view.error("version", message).advise(advice));
        }
    } else if platform == Platform::Server || text != "0.0" {
        let message = format!("The version is the text {}; it must be the number 0.0.", shown(text));
        report.push(view.error("version", message).advise("Write version: 0.0 without quotes."));
    }
}

#[cfg(test)]
mod tests {
    use crate::{Place, Platform, check};

    #[test]
    fn is_the_number_zero() {
        let server = Some(Platform::Server);
        let lambda = Some(Platform::Lambda);
        for (line, platform, message) in [
            ("version: 0.0", server, None),
            ("version: 0", server, None),
            ("version: 0.00", lambda, None),
            ("version: \"0.0\"", lambda, None),
            ("version: '0.0'", server, Some("The version is the text \"0.0\"; it must be the number 0.0.")),
            ("version: \"1\"", lambda, Some("The version is the text \"1\"; it must be the number 0.0.")),
            ("version: 1", lambda, Some("The version is 1; it must be 0.0.")),
            ("version: 0.1", server, Some("The version is 0.1; it must be 0.0.")),
            ("version: [0.0]", server, Some("version must be a single value, not a list.")),
            ("version:  ", lambda, Some("version is empty.")),
        ] {
            let rest = if platform == server { "os: linux" } else { "Resources: []" };
            let findings = check(&format!("{line}\n{rest}\n"), platform).findings;
            let found = findings.iter().find(|finding| finding.path == "version");
            assert_eq!(found.map(|finding| finding.message.as_str()), message, "{line}");
            if let Some(finding) = found {
                let column = if line.ends_with(' ') { 1 } else { 10 };
                assert_eq!(finding.place, Some(Place { line: 1, column }), "{line}");
            }
        }
    }

    #[test]
    fn missing_or_misspelt() {
        let find = |text: &str| {
            let findings = check(text, Some(Platform::Server)).findings;
            findings.iter().find(|f| f.code == "missing").unwrap().to_string()
        };
        assert_eq!(
            find("os: linux\n"),
            "line 1, column 1: version is missing. Write version: 0.0 as the first line."
        );
        assert_eq!(
            find("os: linux\nVersion: 0.0\n"),
            "line 2, column 1: version is missing. Is \"Version\" meant to be version? Write version: 0.0 as the first line."
        );
    }
}
