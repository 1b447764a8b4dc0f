//! Instants and spans in words.

use cutover_core::time::{Timestamp, span_text};

/// Now, by the system's clock.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// `2026-11-01 12:00:05.250 UTC`.
pub(crate) fn instant(at: Timestamp) -> String {
    at.to_string()
}

/// `12:00:05.250`, of an instant, in UTC.
pub(crate) fn clock(at: Timestamp) -> String {
    let in_day = at.as_millis().rem_euclid(86_400_000);
    let (secs, rest) = (in_day / 1000, in_day % 1000);
    format!("{:02}:{:02}:{:02}.{rest:03}", secs / 3600, secs / 60 % 60, secs % 60)
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
    fn short_spans_have_a_fraction() {
        for (ms, text) in
            [(20, "20 ms"), (1_000, "1 s"), (3_260, "3.2 s"), (12_400, "12 s"), (300_000, "5 min")]
        {
            assert_eq!(span(ms), text);
        }
    }
}
