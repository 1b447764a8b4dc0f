//! Times of a recording: instants (ISO 8601, seconds since 1970) or offsets (`90`, `5m`).

use cutover_core::civil;

/// From here on a plain number is an instant in seconds since 1970; below, an offset in seconds.
const FIRST_EPOCH: f64 = 1e9;

/// A time as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// What it counts from.
    pub(crate) clock: Clock,
    /// Milliseconds.
    pub(crate) at: i64,
}

/// What times count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// 1970, in UTC.
    Utc,
    /// The beginning of the recording, whenever that was.
    Offset,
}

/// Reads a time. An instant without a zone is UTC.
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    let text = text.trim();
    let read = if text.get(4..5) == Some("-") { instant(text) } else { number(text) };
    read.ok_or_else(|| {
        format!("{text:?} is no time: write 2026-11-01T12:00:00Z, or an offset such as 90, 90s, 5m or 2h")
    })
}

fn number(text: &str) -> Option<Moment> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().ok().filter(|n: &f64| n.is_finite() && (0.0..1e11).contains(n))?;
    let unit = match &text[digits.len()..] {
        "" if number >= FIRST_EPOCH => return Some(Moment { clock: Clock::Utc, at: millis(number) }),
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    };
    Some(Moment { clock: Clock::Offset, at: millis(number * unit) })
}

fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// `YYYY-MM-DDTHH:MM[:SS[.fraction]][Z|±HH[:MM]]`; a space may stand for the T.
fn instant(text: &str) -> Option<Moment> {
    let (date, time) = text.split_at_checked(10)?;
    let mut parts = date.split('-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let time = time.strip_prefix(['T', 't', ' '])?;
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone_at);
    let mut parts = time.trim_end().split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second: f64 = match parts.next() {
        None => 0.0,
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || !(0.0..61.0).contains(&second) {
        return None;
    }
    let minutes = (civil::days(year, month, day) * 24 + hour) * 60 + minute - zone_mins(zone)?;
    Some(Moment { clock: Clock::Utc, at: minutes * 60_000 + millis(second) })
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn zone_mins(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        None => return Some(0),
        Some(b'Z' | b'z') => return (zone.len() == 1).then_some(0),
        Some(b'+') => 1,
        _ => -1,
    };
    let rest = zone[1..].replace(':', "");
    let (hours, mins) = match (rest.len(), digits(&rest)?) {
        (2, hours) => (hours, 0),
        (4, both) => (both / 100, both % 100),
        _ => return None,
    };
    (hours <= 14 && mins < 60).then_some(sign * (hours * 60 + mins))
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A span of virtual time as `h:mm:ss`.
pub(crate) fn clock(ms: i64) -> String {
    let (sign, secs) = (if ms < 0 { "-" } else { "" }, ms.abs() / 1000);
    format!("{sign}{}:{:02}:{:02}", secs / 3_600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let utc = |at| Some(Moment { clock: Clock::Utc, at });
        let offset = |at| Some(Moment { clock: Clock::Offset, at });
        for (text, moment) in [
            ("1970-01-01T00:00:00Z", utc(0)),
            ("2000-02-29T00:00Z", utc(951_782_400_000)),
            ("2026-11-01T12:00:05.250Z", utc(1_793_534_405_250)),
            ("2026-11-01 12:00:05.25", utc(1_793_534_405_250)),
            ("2026-11-01T13:30:05.250+01:30", utc(1_793_534_405_250)),
            ("2026-11-01T10:00:05.250-0200", utc(1_793_534_405_250)),
            ("1793534405.25", utc(1_793_534_405_250)),
            ("0", offset(0)),
            ("90", offset(90_000)),
            ("0.5s", offset(500)),
            (" 5m ", offset(300_000)),
            ("48h", offset(172_800_000)),
            ("2026-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-01", None),
            ("2026-11-01T12:61:00Z", None),
            ("2026-11-01T12:00:00ZZ", None),
            ("2026-11-01T24:00:00Z", None),
            ("2026-11-01T12:00:00+1", None),
            ("2026-11-01T12:00:00+1é", None),
            ("-5", None),
            ("5 m", None),
            ("5d", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok(), moment, "{text}");
        }
    }

    #[test]
    fn spans_are_clocks() {
        for (ms, text) in
            [(0, "0:00:00"), (7_620_999, "2:07:00"), (172_931_000, "48:02:11"), (-61_000, "-0:01:01")]
        {
            assert_eq!(clock(ms), text);
        }
    }
}
