//! From recorded points to an alarm's datapoints: one per evaluation, of the period that ends there. Pure.

use crate::rehearse::rule::{Rule, Statistic};
use crate::rehearse::series::Series;

const MINUTE: i64 = 60_000;
const TEN_SECONDS: i64 = 10_000;

/// The datapoints of a series: `values[k]` is that of the period that ends at `first + k * step`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Datapoints {
    /// When the first period ends that lies within the recording.
    pub(crate) first: i64,
    /// The time from one evaluation to the next.
    pub(crate) step: i64,
    /// How many evaluations apart two periods are that do not overlap.
    pub(crate) stride: usize,
    /// None: no points in that period.
    pub(crate) values: Vec<Option<f64>>,
}

impl Datapoints {
    /// The datapoints of `series` for `rule` in a recording from `begin` to `end`.
    ///
    /// Alarms are evaluated every minute over a window that slides, those with a period under a minute every
    /// ten seconds, and with a wall clock window once a period. Where points come more rarely than that, the
    /// window slides from point to point: half a point cannot be known.
    pub(crate) fn of(series: &Series, rule: &Rule, begin: i64, end: i64) -> Self {
        let short = rule.period < MINUTE;
        let every = if short { TEN_SECONDS } else { MINUTE };
        let apart = if short { every } else { series.resolution().unwrap_or(every) };
        let slides = !rule.wall_clock && rule.period % apart == 0;
        let step = if slides { apart } else { rule.period };
        let start = if rule.wall_clock {
            -(-begin).div_euclid(rule.period) * rule.period
        } else {
            // At a whole minute, from which the first point is whole steps away.
            let from = |at: i64| at.div_euclid(every) * every;
            let first = from(series.points.keys().next().copied().unwrap_or(begin));
            first - (first - from(begin)).div_euclid(step) * step
        };
        let stride = (rule.period / step) as usize;
        let steps = usize::try_from((end - start).div_euclid(step)).unwrap_or(0);
        let mut buckets: Vec<Option<Bucket>> = vec![None; steps];
        for (at, value) in &series.points {
            let place = usize::try_from((at - start).div_euclid(step)).ok();
            if let Some(bucket) = place.and_then(|place| buckets.get_mut(place)) {
                bucket.get_or_insert_default().add(*value);
            }
        }
        let values = buckets.windows(stride).map(|window| datapoint(rule.statistic, window)).collect();
        Self { first: start + rule.period, step, stride, values }
    }
}

/// Whether a period holds more than one point of a series that cannot be aggregated.
pub(crate) fn is_too_fine(series: &Series, rule: &Rule) -> bool {
    let gaps = series.points.keys().zip(series.points.keys().skip(1)).map(|(a, b)| b - a);
    rule.statistic == Statistic::AsRecorded && gaps.min().is_some_and(|gap| gap < rule.period)
}

/// The points between two evaluations.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    count: u32,
    sum: f64,
    least: f64,
    greatest: f64,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { count: 0, sum: 0.0, least: f64::INFINITY, greatest: f64::NEG_INFINITY }
    }
}

impl Bucket {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }
}

fn datapoint(statistic: Statistic, window: &[Option<Bucket>]) -> Option<f64> {
    let points = || window.iter().flatten();
    let count: u32 = points().map(|b| b.count).sum();
    if count == 0 {
        return None;
    }
    let sum: f64 = points().map(|b| b.sum).sum();
    Some(match statistic {
        Statistic::Average | Statistic::AsRecorded => sum / f64::from(count),
        Statistic::Sum => sum,
        Statistic::Minimum => points().map(|b| b.least).fold(f64::INFINITY, f64::min),
        Statistic::Maximum => points().map(|b| b.greatest).fold(f64::NEG_INFINITY, f64::max),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::rehearse::judge::{Policy, Quorum};
    use crate::rehearse::rule::Comparison;

    /// `m` of `n` datapoints over 5.
    pub(crate) fn rule(statistic: Statistic, period_secs: i64, m: usize, n: usize) -> Rule {
        Rule {
            metric: Some("Errors".into()),
            identity: String::new(),
            statistic,
            period: period_secs * 1000,
            wall_clock: false,
            comparison: Comparison::Greater,
            threshold: 5.0,
            quorum: Quorum { datapoints_to_alarm: m, evaluation_periods: n, missing: Policy::Missing },
        }
    }

    pub(crate) fn series(points: &[(i64, f64)]) -> Series {
        Series {
            names: vec!["Errors".into()],
            points: points.iter().map(|(secs, value)| (secs * 1000, *value)).collect(),
        }
    }

    fn values(statistic: Statistic, period: i64, points: &[(i64, f64)], end: i64) -> Datapoints {
        Datapoints::of(&series(points), &rule(statistic, period, 1, 1), 0, end * 1000)
    }

    #[test]
    fn finer_points_are_aggregated() {
        let points = [(0, 1.0), (20, 3.0), (40, 8.0), (120, 5.0)];
        for (statistic, first) in [
            (Statistic::Average, 4.0),
            (Statistic::Sum, 12.0),
            (Statistic::Minimum, 1.0),
            (Statistic::Maximum, 8.0),
        ] {
            let found = values(statistic, 60, &points, 180);
            assert_eq!(found.values, [Some(first), None, Some(5.0)], "{statistic:?}");
            assert_eq!((found.first, found.step, found.stride), (60_000, 60_000, 1));
        }
    }

    #[test]
    fn a_long_period_slides_by_the_minute() {
        let points: Vec<_> = (0..7).map(|n| (n * 60, 1.0 + n as f64)).collect();
        let found = values(Statistic::Sum, 300, &points, 420);
        assert_eq!(found.values, [Some(15.0), Some(20.0), Some(25.0)]);
        assert_eq!((found.first, found.step, found.stride), (300_000, 60_000, 5));
    }

    #[test]
    fn rare_points_are_never_known_before_their_time() {
        let points = [(0, 1.0), (300, 2.0), (600, 3.0)];
        let found = values(Statistic::Sum, 300, &points, 900);
        assert_eq!(
            (found.values, found.step, found.stride),
            (vec![Some(1.0), Some(2.0), Some(3.0)], 300_000, 1)
        );
        let found = values(Statistic::Sum, 600, &points, 900);
        assert_eq!((found.values, found.step, found.stride), (vec![Some(3.0), Some(5.0)], 300_000, 2));
        let found = values(Statistic::Sum, 60, &points, 900);
        assert_eq!((found.step, found.values.iter().flatten().count()), (60_000, 3));
        let late = values(Statistic::Sum, 300, &[(420, 1.0), (720, 2.0)], 1_020);
        assert_eq!((late.first, late.values), (420_000, vec![None, Some(1.0), Some(2.0)]));
    }

    #[test]
    fn short_periods_are_looked_at_every_ten_seconds() {
        let found = values(Statistic::Sum, 30, &[(0, 1.0), (10, 2.0), (35, 4.0)], 60);
        assert_eq!(found.values, [Some(3.0), Some(6.0), Some(4.0), Some(4.0)]);
        assert_eq!((found.first, found.step, found.stride), (30_000, 10_000, 3));
    }

    #[test]
    fn a_wall_clock_window_does_not_slide() {
        let mut rule = rule(Statistic::Sum, 300, 1, 1);
        rule.wall_clock = true;
        let points: Vec<_> = (2..12).map(|n| (n * 60, 1.0)).collect();
        let found = Datapoints::of(&series(&points), &rule, 120_000, 720_000);
        assert_eq!((found.first, found.step), (600_000, 300_000));
        assert_eq!(found.values, [Some(5.0)]);
    }

    #[test]
    fn a_percentile_cannot_be_aggregated() {
        let percentile = rule(Statistic::AsRecorded, 300, 1, 1);
        assert!(is_too_fine(&series(&[(0, 1.0), (60, 1.0)]), &percentile));
        assert!(!is_too_fine(&series(&[(0, 1.0), (300, 1.0)]), &percentile));
        assert!(!is_too_fine(&series(&[(0, 1.0), (60, 1.0)]), &rule(Statistic::Average, 300, 1, 1)));
    }
}
