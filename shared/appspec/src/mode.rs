//! Modes of files.

use crate::fields::View;
use crate::report::Report;
use crate::words::shown;

/// Agent, AppSpec parsing: padded with zeros to three digits, four at most, each 0 to 7.
///
/// The official agent reads an unquoted `0644` as the octal number 420 and sets 0420. Here it is what its
/// author meant, with a warning.
pub(crate) fn read(view: &View<'_>, report: &mut Report) -> Option<u32> {
    const ADVICE: &str = "Write three or four digits from 0 to 7, such as \"0644\" or 644.";
    let text = view.scalar(report)?;
    let octal = text.strip_prefix("0o").unwrap_or(text);
    let good = (1..=4).contains(&octal.len()) && octal.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let bits =
        u32::from_str_radix(octal, 8).ok().filter(|_| good && (octal == text || view.node.plain().is_some()));
    let Some(bits) = bits else {
        let message = format!("The mode is {}.", shown(text));
        report.push(view.error("mode", message).advise(ADVICE));
        return None;
    };
    let trapped = view.node.plain().is_some() && text.starts_with('0') && bits > 0o7;
    if trapped {
        let message = format!(
            "The mode {text} is read as {bits:04o} here, but the official agent takes it for the octal number {bits} and sets or refuses that."
        );
        let advice = format!("Write \"{bits:04o}\" in quotes, or {bits:o}.");
        report.push(view.warning("mode", message).advise(advice));
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use crate::{Severity, parse_server};
    use Severity::{Error, Warning};

    #[test]
    fn reads_what_was_meant() {
        for (mode, bits, finding) in [
            ("644", Some(0o644), None),
            ("\"0644\"", Some(0o644), None),
            ("4755", Some(0o4755), None),
            ("7", Some(0o7), None),
            ("0", Some(0), None),
            ("0644", Some(0o644), Some(Warning)),
            ("0o755", Some(0o755), Some(Warning)),
            ("\"0o755\"", None, Some(Error)),
            ("888", None, Some(Error)),
            ("10644", None, Some(Error)),
            ("u+rwx", None, Some(Error)),
            ("''", None, Some(Error)),
        ] {
            let text = format!("version: 0.0\nos: linux\npermissions:\n  - object: /a\n    mode: {mode}\n");
            let checked = crate::check(&text, None);
            let severities: Vec<_> = checked.findings.iter().map(|finding| finding.severity).collect();
            assert_eq!(severities, Vec::from_iter(finding), "{mode}: {:?}", checked.findings);
            let spec = parse_server(&text);
            assert_eq!(spec.ok().and_then(|spec| spec.permissions[0].mode), bits, "{mode}");
            if let Some(finding) = checked.findings.first() {
                let place = finding.place.unwrap();
                assert_eq!((place.line, place.column, finding.path.as_str()), (5, 11, "permissions[0].mode"));
            }
        }
    }
}
