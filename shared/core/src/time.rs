//! Instants as the engine stores them: milliseconds since the Unix epoch.

use serde::{Deserialize, Serialize};

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
