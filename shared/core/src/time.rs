//! Instants as the engine stores them: milliseconds since the Unix epoch.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::civil;

/// An instant, in milliseconds since the Unix epoch. Stored and sent as that integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds since the Unix epoch with the milliseconds as fraction: the API's time stamp.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The instant `millis` later; saturates at the end of time.
    pub const fn plus_ms(self, millis: u64) -> Self {
        Self(self.0.saturating_add_unsigned(millis))
    }

    /// Milliseconds from `earlier` to `self`; zero when `earlier` is later.
    pub fn ms_since(self, earlier: Timestamp) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

impl Timestamp {
    /// Reads an instant as events tell it (RFC 3339): `2026-11-01T12:00:05.25Z`, `2026-11-01T13:00:05+01:00`. What is
    /// finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| {
            let part = text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?;
            part.parse::<i64>().ok()
        };
        let at = |place: usize, byte: u8| (text.as_bytes().get(place) == Some(&byte)).then_some(());
        for (place, byte) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
            at(place, byte)?;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, min, sec) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let rest = text.get(19..)?;
        let zone_at = rest.find(['Z', '+', '-'])?;
        let (fraction, zone) = rest.split_at(zone_at);
        let millis = match fraction.strip_prefix('.') {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{digits:0<3}")[..3].parse().ok()?
            }
            None if fraction.is_empty() => 0,
            _ => return None,
        };
        let (zone_at, zone_mins) = (19 + zone_at, zone.len());
        let zone_mins = match (zone, zone_mins) {
            ("Z", _) => 0,
            (_, 6) if at(zone_at + 3, b':').is_some() => {
                let mins = number(zone_at + 1, zone_at + 3)? * 60 + number(zone_at + 4, zone_at + 6)?;
                if zone.starts_with('-') { -mins } else { mins }
            }
            _ => return None,
        };
        let days = civil::days(year, month, day);
        if civil::date(days) != (year, month, day) || hour > 23 || min > 59 || sec > 59 {
            return None;
        }
        Some(Self((((days * 24 + hour) * 60 + min - zone_mins) * 60 + sec) * 1000 + millis))
    }
}

/// `2026-11-01 12:00:05.250 UTC`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, in_day) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil::date(days);
        let (secs, rest) = (in_day / 1000, in_day % 1000);
        let (hour, min, sec) = (secs / 3600, secs / 60 % 60, secs % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{min:02}:{sec:02}.{rest:03} UTC")
    }
}

/// A span in the words of a countdown: `48 h`, `4 min 5 s`, `12 s`, `250 ms`.
pub fn span_text(millis: u64) -> String {
    let (secs, rest) = (millis / 1000, millis % 1000);
    match (secs / 3600, secs / 60 % 60, secs % 60) {
        (0, 0, 0) => format!("{rest} ms"),
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, 0) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_civil() {
        for (millis, text) in [
            (0, "1970-01-01 00:00:00.000 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00.000 UTC"),
            (1_709_251_199_999, "2024-02-29 23:59:59.999 UTC"),
            (1_709_251_200_000, "2024-03-01 00:00:00.000 UTC"),
            (1_793_534_405_250, "2026-11-01 12:00:05.250 UTC"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
        }
    }

    #[test]
    fn instants_are_read() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-02-29T23:59:59.999Z", Some(1_709_251_199_999)),
            ("2026-11-01T12:00:05.25Z", Some(1_793_534_405_250)),
            ("2026-11-01T12:00:05.2509876Z", Some(1_793_534_405_250)),
            ("2026-11-01T13:00:05.250+01:00", Some(1_793_534_405_250)),
            ("2026-11-01T08:30:05.250-03:30", Some(1_793_534_405_250)),
            ("2026-02-29T00:00:00Z", None),
            ("2026-11-01 12:00:05Z", None),
            ("2026-11-01T12:00:05", None),
            ("2026-11-01T24:00:05Z", None),
            ("2026-11-01T12:00:05.Z", None),
            ("2026-11-01T12:00:05+0100", None),
            ("2026-1-01T12:00:05Z", None),
            ("ä026-11-01T12:00:05Z", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::parse(text).map(Timestamp::as_millis), millis, "{text}");
        }
    }

    #[test]
    fn spans_read_like_a_countdown() {
        for (ms, text) in [
            (0, "0 ms"),
            (250, "250 ms"),
            (12_400, "12 s"),
            (300_000, "5 min"),
            (245_000, "4 min 5 s"),
            (172_800_000, "48 h"),
        ] {
            assert_eq!(span_text(ms), text);
        }
    }
}
