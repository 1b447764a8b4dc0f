//! Instants and spans in words.

use cutover_core::time::{Timestamp, span_text};

/// Now, by the system's clock.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// `2026-11-01 12:00:05.250 UTC`.
pub(crate) fn instant(at: Timestamp) -> String {
    let millis = at.as_millis();
    let (days, in_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {} UTC", time_of_day(in_day))
}

/// `12:00:05.250`, of an instant, in UTC.
pub(crate) fn clock(at: Timestamp) -> String {
    time_of_day(at.as_millis().rem_euclid(86_400_000))
}

fn time_of_day(ms: i64) -> String {
    let (secs, rest) = (ms / 1000, ms % 1000);
    format!("{:02}:{:02}:{:02}.{rest:03}", secs / 3600, secs / 60 % 60, secs % 60)
}

/// The civil date of a day counted from 1970-01-01 (the era method of the proleptic Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// `3.2 s` below ten seconds, `12 s`, `4 min 5 s` above.
pub(crate) fn span(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..10_000 if millis % 1000 >= 100 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => span_text(millis).replace(" h 0 min", " h"),
    }
}

/// What is left of a span: to the next second, as the service counts down.
pub(crate) fn left(millis: u64) -> String {
    span_text(millis.div_ceil(1000) * 1000)
}

/// A span that grows while somebody looks at it: to the last tenth of a second.
pub(crate) fn so_far(millis: u64) -> String {
    span(millis / 100 * 100)
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
            assert_eq!(instant(Timestamp::from_millis(millis)), text);
        }
    }

    #[test]
    fn short_spans_have_a_fraction() {
        for (ms, text) in
            [(20, "20 ms"), (1_000, "1 s"), (3_260, "3.2 s"), (12_400, "12 s"), (300_000, "5 min")]
        {
            assert_eq!(span(ms), text);
        }
    }
}
