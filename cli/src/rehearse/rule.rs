//! What an alarm's state is computed from. Pure.

use crate::rehearse::judge::Quorum;

/// How the points of a period become its datapoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Statistic {
    /// Their mean.
    Average,
    /// Their sum; SampleCount is a sum of counts.
    Sum,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// A percentile or an expression: the recording holds the datapoints themselves.
    AsRecorded,
}

/// ComparisonOperator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// GreaterThanThreshold.
    Greater,
    /// GreaterThanOrEqualToThreshold.
    GreaterOrEqual,
    /// LessThanThreshold.
    Less,
    /// LessThanOrEqualToThreshold.
    LessOrEqual,
}

impl Comparison {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Greater, "GreaterThanThreshold", "over"),
        (Self::GreaterOrEqual, "GreaterThanOrEqualToThreshold", "at or over"),
        (Self::Less, "LessThanThreshold", "under"),
        (Self::LessOrEqual, "LessThanOrEqualToThreshold", "at or under"),
    ];

    /// The operator of that spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, spelt, _)| *spelt == text).map(|(comparison, ..)| *comparison)
    }

    /// Whether a datapoint breaches.
    pub(crate) fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }

    /// As it is said: `over`.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(c, ..)| *c == self).map_or("", |(.., word)| word)
    }
}

/// What an alarm's state is computed from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    /// The metric's name; an expression has none.
    pub(crate) metric: Option<String>,
    /// What else tells its metric from others: namespace and dimensions.
    pub(crate) identity: String,
    /// How points become datapoints.
    pub(crate) statistic: Statistic,
    /// Period, in milliseconds.
    pub(crate) period: i64,
    /// EvaluationWindow: periods begin where the clock's do, instead of sliding.
    pub(crate) wall_clock: bool,
    /// When a datapoint breaches.
    pub(crate) comparison: Comparison,
    /// Against what.
    pub(crate) threshold: f64,
    /// How many must.
    pub(crate) quorum: Quorum,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_operators_compare() {
        for (operator, breaching, word) in [
            ("GreaterThanThreshold", [false, false, true], "over"),
            ("GreaterThanOrEqualToThreshold", [false, true, true], "at or over"),
            ("LessThanThreshold", [true, false, false], "under"),
            ("LessThanOrEqualToThreshold", [true, true, false], "at or under"),
        ] {
            let comparison = Comparison::parse(operator).expect("an operator");
            assert_eq!([4.0, 5.0, 6.0].map(|value| comparison.breaches(value, 5.0)), breaching, "{operator}");
            assert_eq!(comparison.word(), word);
        }
        assert_eq!(Comparison::parse("GreaterThanUpperThreshold"), None);
    }
}
