//! Spans of time as they are typed.

use std::time::Duration;

/// Reads `90s`, `10m`, `2h` or a plain number of seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let wrong = || "write a span such as 90s, 10m or 2h".to_owned();
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    match number.checked_mul(unit) {
        Some(secs @ 1..=31_536_000) => Ok(Duration::from_secs(secs)),
        _ => Err("it must be between a second and a year".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, secs) in [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("2h", Some(7_200)),
            ("0s", None),
            ("", None),
            ("m", None),
            ("1.5h", None),
            ("5d", None),
            ("99999999999999999999s", None),
            ("9999999999999999h", None),
        ] {
            assert_eq!(parse(text).ok(), secs.map(Duration::from_secs), "{text}");
        }
    }
}
