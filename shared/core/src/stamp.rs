//! Instants as signatures write them: `20261121T141500Z`.

use crate::civil;
use crate::time::Timestamp;

/// The instant, to the second.
pub fn stamp(at: Timestamp) -> String {
    let text = at.to_string();
    let digits: String = text.chars().take(19).filter(char::is_ascii_digit).collect();
    format!("{}T{}Z", &digits[..8], &digits[8..])
}

/// Reads one; nothing if it is not written exactly so.
pub fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let part = &bytes[from..to];
        let digits = part.iter().all(u8::is_ascii_digit);
        digits.then(|| part.iter().fold(0_i64, |n, b| n * 10 + i64::from(b - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let secs = civil::days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let at = Timestamp::from_millis(secs * 1_000);
    // A 31 February would come out as another day.
    (stamp(at) == text).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_as_they_are_written() {
        for (millis, text) in [
            (0, "19700101T000000Z"),
            (951_782_400_000, "20000229T000000Z"),
            (1_709_251_199_000, "20240229T235959Z"),
            (1_793_534_405_000, "20261101T120005Z"),
        ] {
            assert_eq!(parse(text), Some(Timestamp::from_millis(millis)), "{text}");
            assert_eq!(stamp(Timestamp::from_millis(millis + 999)), text);
        }
        for wrong in [
            "",
            "20260231T000000Z",
            "20261301T000000Z",
            "20261101T240000Z",
            "2026-11-01T12:00Z",
            "20261101T120005z",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
