//! The states of an alarm over a whole recording. Pure.

use cutover_core::time::span_text;

use crate::rehearse::datapoints::Datapoints;
use crate::rehearse::judge::{Judgement, SPARE, State, judge};
use crate::rehearse::rule::Rule;

/// An alarm goes from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// When, by the recording's clock: at the end of a period.
    pub(crate) at: i64,
    /// From here.
    pub(crate) from: State,
    /// To there.
    pub(crate) to: State,
    /// Why, in words: `3 of 3 datapoints over 5`.
    pub(crate) why: String,
}

/// Every change of an alarm that is OK when the recording begins.
pub(crate) fn changes(rule: &Rule, datapoints: &Datapoints) -> Vec<Change> {
    let breaches = |value: &Option<f64>| value.map(|v| rule.comparison.breaches(v, rule.threshold));
    let points: Vec<Option<bool>> = datapoints.values.iter().map(breaches).collect();
    let looked_at = rule.quorum.evaluation_periods + SPARE;
    let (mut state, mut changes) = (State::Ok, Vec::new());
    let mut range = Vec::with_capacity(looked_at);
    for newest in 0..points.len() {
        range.clear();
        let places = (0..looked_at).map_while(|n| newest.checked_sub(n * datapoints.stride));
        range.extend(places.map(|place| points[place]));
        range.reverse();
        let judged = judge(rule.quorum, &range, state);
        if judged.state != state {
            let at = datapoints.first + newest as i64 * datapoints.step;
            changes.push(Change { at, from: state, to: judged.state, why: why(rule, judged) });
            state = judged.state;
        }
    }
    changes
}

fn why(rule: &Rule, judged: Judgement) -> String {
    let n = rule.quorum.evaluation_periods;
    if judged.state == State::InsufficientData {
        let range = (n + SPARE) as u64 * rule.period.unsigned_abs();
        return format!("no datapoints for {}", span_text(range));
    }
    let points = if n == 1 { "datapoint" } else { "datapoints" };
    let compared = format!("{} {}", rule.comparison.word(), rule.threshold);
    let missing = match judged.missing {
        0 => String::new(),
        missing => format!(", {missing} missing"),
    };
    format!("{} of {n} {points} {compared}{missing}", judged.breaching)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::datapoints::tests::{rule, series};
    use crate::rehearse::judge::Policy;
    use crate::rehearse::rule::Statistic;

    /// A value a minute; NaN is none.
    fn told(rule: &Rule, values: &[f64]) -> Vec<String> {
        let points: Vec<_> = values.iter().enumerate().filter(|(_, v)| !v.is_nan()).collect();
        let points: Vec<_> = points.into_iter().map(|(n, v)| (n as i64 * 60, *v)).collect();
        let end = values.len() as i64 * 60_000;
        let datapoints = Datapoints::of(&series(&points), rule, 0, end);
        let word = |c: &Change| format!("{} min {}: {}", c.at / 60_000, c.to.as_str(), c.why);
        changes(rule, &datapoints).iter().map(word).collect()
    }

    #[test]
    fn an_alarm_goes_on_and_off() {
        let values = [1.0, 9.0, 9.0, 9.0, 9.0, 1.0, 9.0, 9.0];
        let expected = ["4 min ALARM: 3 of 3 datapoints over 5", "6 min OK: 2 of 3 datapoints over 5"];
        assert_eq!(told(&rule(Statistic::Sum, 60, 3, 3), &values), expected);
        let expected = ["3 min ALARM: 2 of 3 datapoints over 5"];
        assert_eq!(told(&rule(Statistic::Sum, 60, 2, 3), &values), expected);
        let expected = [
            "2 min ALARM: 1 of 1 datapoint over 5",
            "6 min OK: 0 of 1 datapoint over 5",
            "7 min ALARM: 1 of 1 datapoint over 5",
        ];
        assert_eq!(told(&rule(Statistic::Sum, 60, 1, 1), &values), expected);
    }

    #[test]
    fn periods_that_overlap_are_counted_once() {
        let values = [0.0, 0.0, 6.0, 0.0, 0.0, 0.0, 0.0];
        let expected = ["3 min ALARM: 1 of 2 datapoints over 5", "7 min OK: 0 of 2 datapoints over 5"];
        assert_eq!(told(&rule(Statistic::Sum, 120, 1, 2), &values), expected);
    }

    #[test]
    fn missing_data_counts_as_it_is_told() {
        let gone = f64::NAN;
        let values = [1.0, gone, gone, gone, gone, gone, gone];
        let with = |missing| {
            let mut rule = rule(Statistic::Sum, 60, 2, 2);
            rule.quorum.missing = missing;
            rule
        };
        assert_eq!(
            told(&with(Policy::Missing), &values),
            ["5 min INSUFFICIENT_DATA: no datapoints for 4 min"]
        );
        assert_eq!(
            told(&with(Policy::Breaching), &values),
            ["5 min ALARM: 2 of 2 datapoints over 5, 2 missing"]
        );
        assert!(told(&with(Policy::NotBreaching), &values).is_empty());
        assert!(told(&with(Policy::Ignore), &values).is_empty());
    }
}
