//! Findings about an AppSpec, told as a compiler tells its errors.

use cutover_appspec::{Checked, Finding, Severity};

use crate::view::style::Style;

/// The longest part of a source line that is shown, in characters.
const SHOWN: usize = 120;

/// Every finding with the line it is about, and a last line that counts them.
pub(crate) fn lines(style: Style, name: &str, text: &str, checked: &Checked) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in &checked.findings {
        lines.extend(finding_lines(style, name, text, finding));
        lines.push(String::new());
    }
    let count = |severity| checked.findings.iter().filter(|f| f.severity == severity).count();
    let platform = checked.platform.map_or_else(String::new, |p| format!(" for {p}"));
    let warnings = plural(count(Severity::Warning), "warning");
    lines.push(match count(Severity::Error) {
        0 => {
            let tail =
                if count(Severity::Warning) > 0 { format!(", with {warnings}") } else { String::new() };
            format!("{} {name} is a valid AppSpec{platform}{tail}", style.green("ok:"))
        }
        errors => {
            let tail = if count(Severity::Warning) > 0 { format!(" and {warnings}") } else { String::new() };
            format!("{} {name} has {}{tail}", style.red("refused:"), plural(errors, "error"))
        }
    });
    lines
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn finding_lines(style: Style, name: &str, text: &str, finding: &Finding) -> Vec<String> {
    let paint = |words: &str| match finding.severity {
        Severity::Error => style.red(words),
        Severity::Warning => style.yellow(words),
    };
    let title = paint(&style.bold(&format!("{}[{}]", finding.severity, finding.code)));
    let mut lines = vec![format!("{title}: {}", finding.message)];
    let mut margin = 1;
    match finding.place {
        None => lines.push(format!(" {} {name}", style.cyan("-->"))),
        Some(place) => {
            let number = place.line.to_string();
            margin = number.len() + 1;
            let gutter = style.cyan(&format!("{} |", " ".repeat(number.len())));
            let path = if finding.path.is_empty() { String::new() } else { format!(" ({})", finding.path) };
            let arrow = format!("{}{}", " ".repeat(number.len()), style.cyan("-->"));
            lines.push(format!("{arrow} {name}:{}:{}{}", place.line, place.column, style.dim(&path)));
            if let Some((source, caret)) = excerpt(text, place.line, place.column) {
                lines.push(gutter.clone());
                lines.push(format!("{} {source}", style.cyan(&format!("{number} |"))).trim_end().to_owned());
                lines.push(format!("{gutter} {}{}", " ".repeat(caret), paint("^")));
            }
        }
    }
    if let Some(advice) = &finding.advice {
        lines.push(format!("{}{} {advice}", " ".repeat(margin), style.cyan("= help:")));
    }
    lines
}

/// The part of the line around the column, and where in it the column is. Tabs become spaces, and what a
/// terminal would obey is not passed on.
fn excerpt(text: &str, line: u32, column: u32) -> Option<(String, usize)> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = body.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let start = if column < SHOWN { 0 } else { column - SHOWN / 2 };
    let safe = |c: char| if c.is_control() { ' ' } else { c };
    Some((source.chars().skip(start).take(SHOWN).map(safe).collect(), column - start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cutover_appspec::check;

    fn told(text: &str) -> String {
        lines(Style::PLAIN, "appspec.yml", text, &check(text, None)).join("\n")
    }

    #[test]
    fn a_wrong_version_is_pointed_at() {
        let text = "version: 0.0\nResources:\n  - fn:\n      Type: AWS::Lambda::Function\n      Properties:\n        \
                    Name: fn\n        Alias: live\n        CurrentVersion: \"1\"\n        TargetVersion: latest\n";
        let told = told(text);
        let expected = "\
 --> appspec.yml:9:24 (Resources[0].fn.Properties.TargetVersion)
  |
9 |         TargetVersion: latest
  |                        ^
  = help: Write the number of a published version, such as \"3\".

refused: appspec.yml has 1 error";
        assert!(told.starts_with("error[lambda-version]: TargetVersion is"), "{told}");
        assert!(told.ends_with(expected), "{told}");
    }

    #[test]
    fn a_good_one_is_one_line() {
        let text = "version: 0.0\nos: linux\n";
        assert_eq!(told(text), "ok: appspec.yml is a valid AppSpec for Server");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}x{}", "a".repeat(500), "b".repeat(500));
        let (shown, caret) = excerpt(&line, 1, 501).expect("a line");
        assert_eq!(shown.chars().nth(caret), Some('x'));
        assert_eq!(shown.chars().count(), SHOWN);
        assert_eq!(excerpt("a\tb\x1b", 1, 1), Some(("a b ".to_owned(), 0)));
        assert_eq!(excerpt("a", 9, 1), None);
    }
}
