//! The host's clock, and its times in logs, in UTC.

use std::time::{SystemTime, UNIX_EPOCH};

use cutover_core::civil;
use cutover_core::time::Timestamp;

/// As the host believes it to be.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A date as HTTP tells it: `Sat, 21 Nov 2026 15:14:56 GMT`.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as i64;
    let year: i64 = words.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let days = civil::days(year, month + 1, day);
    Some(Timestamp::from_millis((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000))
}

/// `YYYY-mm-dd HH:MM:SS`, and the milliseconds.
pub(crate) fn stamp(at: SystemTime) -> (String, u32) {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    let (year, month, day) = civil::date(i64::try_from(seconds / 86_400).unwrap_or_default());
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    (format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"), since.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn tells_dates() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_795_274_096, "2026-11-21 15:14:56"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(stamp(UNIX_EPOCH + Duration::from_secs(seconds)).0, expected);
        }
    }
}
