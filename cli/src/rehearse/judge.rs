//! CloudWatch's rule: which state an alarm has after its newest datapoints. Pure.
//!
//! From the CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing
//! data"; the tables there are the tests here.

/// How many datapoints more than EvaluationPeriods are looked at for want of newer ones. The guide's examples
/// look at 5 for 3 and give no rule.
pub(crate) const SPARE: usize = 2;

/// An alarm's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// OK.
    Ok,
    /// ALARM.
    Alarm,
    /// INSUFFICIENT_DATA.
    InsufficientData,
}

impl State {
    /// As the API spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// TreatMissingData.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// They are left out; without any datapoint the alarm has insufficient data.
    Missing,
    /// The alarm stays as it is.
    Ignore,
    /// They count as breaching.
    Breaching,
    /// They count as not breaching.
    NotBreaching,
}

/// How many datapoints decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quorum {
    /// M: so many must breach.
    pub(crate) datapoints_to_alarm: usize,
    /// N: of so many.
    pub(crate) evaluation_periods: usize,
    /// What stands in for those that are missing.
    pub(crate) missing: Policy,
}

/// A state and what it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// The state.
    pub(crate) state: State,
    /// Datapoints that breach, those that count as breaching included.
    pub(crate) breaching: usize,
    /// Datapoints that were missing, and that something had to stand in for.
    pub(crate) missing: usize,
}

/// The state after these datapoints, the newest last: whether each breaches, or none where data is missing.
/// Those before the last N + [`SPARE`] are not looked at.
pub(crate) fn judge(quorum: Quorum, points: &[Option<bool>], now: State) -> Judgement {
    let Quorum { datapoints_to_alarm: m, evaluation_periods: n, missing } = quorum;
    let range = &points[points.len().saturating_sub(n + SPARE)..];
    let newest = || range.iter().rev().flatten().take(n);
    let (real, breaching) = (newest().count(), newest().filter(|b| **b).count());
    // What lies before the recording is unknown, not missing.
    let missing_now = n.min(range.len()) - real;
    let found = |state, breaching| Judgement { state, breaching, missing: missing_now };
    let by_count = |count| found(if count >= m { State::Alarm } else { State::Ok }, count);
    if missing_now == 0 {
        return by_count(breaching);
    }
    match missing {
        Policy::Breaching => by_count(breaching + missing_now),
        Policy::NotBreaching => by_count(breaching),
        Policy::Missing if real == 0 => found(State::InsufficientData, 0),
        Policy::Ignore if real == 0 => found(now, 0),
        // Enough breach, or something does not.
        _ if breaching >= m || breaching < real => by_count(breaching),
        // All that there is breaches, and is too little. It decides once it is as old as M datapoints.
        Policy::Missing => {
            let oldest = range.iter().rev().rposition(|p| *p == Some(true)).map_or(0, |age| age + 1);
            found(if oldest >= m { State::Alarm } else { now }, breaching)
        }
        Policy::Ignore => found(now, breaching),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICIES: [Policy; 4] = [Policy::Missing, Policy::Ignore, Policy::Breaching, Policy::NotBreaching];

    fn points(text: &str) -> Vec<Option<bool>> {
        let point = |c| match c {
            'X' => Some(Some(true)),
            '0' => Some(Some(false)),
            '-' => Some(None),
            _ => None,
        };
        text.chars().filter_map(point).collect()
    }

    /// The states under the four policies: `K` keeps what there was.
    fn states(m: usize, n: usize, text: &str) -> String {
        let word = |missing| {
            let quorum = Quorum { datapoints_to_alarm: m, evaluation_periods: n, missing };
            let after = [State::Ok, State::Alarm].map(|now| judge(quorum, &points(text), now).state);
            match after {
                [State::Ok, State::Ok] => 'O',
                [State::Alarm, State::Alarm] => 'A',
                [State::InsufficientData, State::InsufficientData] => 'I',
                [State::Ok, State::Alarm] => 'K',
                _ => '?',
            }
        };
        POLICIES.into_iter().map(word).collect()
    }

    #[test]
    fn the_tables_of_the_user_guide_hold() {
        for (m, n, text, expected) in [
            (3, 3, "0 - X - X", "OOOO"),
            (3, 3, "0 - - - -", "OOOO"),
            (3, 3, "- - - - -", "IKAO"),
            (3, 3, "0 X X - X", "AAAA"),
            (3, 3, "- - X - -", "AKAO"),
            (2, 3, "0 - X - X", "AAAA"),
            (2, 3, "0 0 X 0 X", "AAAA"),
            (2, 3, "0 - X - -", "OOAO"),
            (2, 3, "- - - - 0", "OOAO"),
            (2, 3, "- - - X -", "AKAO"),
        ] {
            assert_eq!(states(m, n, text), expected, "{m} of {n}: {text}");
        }
    }

    #[test]
    fn an_alarm_does_not_go_off_early() {
        for (m, n, text, expected) in [
            (3, 3, "- - - - X", "KKAO"),
            (3, 3, "- - - X -", "KKAO"),
            (3, 3, "- - - X 0", "OOOO"),
            (3, 3, "- - X - 0", "OOOO"),
            (1, 1, "X", "AAAA"),
            (1, 1, "X -", "AAAA"),
            (1, 3, "- - - - X", "AAAA"),
            (2, 3, "- - X X -", "AAAA"),
        ] {
            assert_eq!(states(m, n, text), expected, "{m} of {n}: {text}");
        }
    }

    #[test]
    fn what_is_older_is_not_looked_at() {
        for (text, expected) in
            [("X X X 0 0 0 0 0", "OOOO"), ("0 0 0 X X X", "AAAA"), ("X X X X - - - - -", "IKAO")]
        {
            assert_eq!(states(3, 3, text), expected, "{text}");
        }
    }

    #[test]
    fn what_was_not_recorded_is_not_missing() {
        for (text, expected) in
            [("X", "OOOO"), ("0", "OOOO"), ("X X", "OOOO"), ("X X X", "AAAA"), ("-", "IKOO")]
        {
            assert_eq!(states(3, 3, text), expected, "{text}");
        }
    }

    #[test]
    fn what_decided_is_counted() {
        let quorum = Quorum { datapoints_to_alarm: 2, evaluation_periods: 3, missing: Policy::Breaching };
        let judged = judge(quorum, &points("- - X - 0"), State::Ok);
        assert_eq!(judged, Judgement { state: State::Alarm, breaching: 2, missing: 1 });
    }
}
