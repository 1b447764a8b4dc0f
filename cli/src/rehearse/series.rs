//! What was recorded: series of points on one axis of time.

use std::collections::BTreeMap;

use crate::failure::Failure;
use crate::rehearse::source::Source;
use crate::rehearse::time::{Clock, Moment};
use crate::rehearse::{csv, metric_data};

/// The longest recording, in milliseconds: more is a wrong time somewhere.
const LONGEST: i64 = 366 * 86_400_000;
/// What points further apart than this come at: a minute, like CloudWatch's own metrics.
const MINUTE: i64 = 60_000;

/// One series as one file gives it.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    /// What it is called: a column, or a Label and an Id.
    pub(crate) names: Vec<String>,
    /// Its points with their places in the file, in any order.
    pub(crate) points: Vec<(Moment, f64, String)>,
}

/// A series.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// What it is called.
    pub(crate) names: Vec<String>,
    /// Its points by time, in milliseconds of the recording's clock.
    pub(crate) points: BTreeMap<i64, f64>,
}

impl Series {
    /// How it is called in messages.
    pub(crate) fn title(&self) -> String {
        match self.names.as_slice() {
            [name, id, ..] => format!("{name} [{id}]"),
            [name] => name.clone(),
            [] => String::new(),
        }
    }

    /// The time between two points: the least that there is, in whole minutes, and a minute at least.
    pub(crate) fn resolution(&self) -> Option<i64> {
        let gaps = self.points.keys().zip(self.points.keys().skip(1)).map(|(a, b)| b - a);
        gaps.min().map(|gap| (gap / MINUTE * MINUTE).max(MINUTE))
    }
}

/// Everything that was recorded.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    /// What its times count from.
    pub(crate) clock: Clock,
    /// The first point of all.
    pub(crate) begin: i64,
    /// The end of the last point's minute, or of whatever it stands for.
    pub(crate) end: i64,
    /// The series.
    pub(crate) series: Vec<Series>,
}

impl Recording {
    /// Reads files. Series of the same names continue each other.
    pub(crate) fn read(sources: &[Source]) -> Result<Self, Failure> {
        let mut series: Vec<Series> = Vec::new();
        let mut clock: Option<(Clock, String)> = None;
        for source in sources {
            let raws = if source.is_json() { metric_data::read(source)? } else { csv::read(source)? };
            for raw in raws {
                let at = series.iter().position(|s| s.names == raw.names).unwrap_or(series.len());
                if at == series.len() {
                    series.push(Series { names: raw.names, points: BTreeMap::new() });
                }
                for (moment, value, place) in raw.points {
                    let (known, whose) = clock.get_or_insert_with(|| (moment.clock, source.name.clone()));
                    if *known != moment.clock {
                        let what =
                            format!("an instant here and an offset in {whose}: times must be of one kind");
                        return Err(source.wrong(place, what));
                    }
                    if series[at].points.insert(moment.at, value).is_some() {
                        let what = format!("{} has two values for this time", series[at].title());
                        return Err(source.wrong(place, what));
                    }
                }
            }
        }
        let names = || sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
        let begin = series.iter().filter_map(|s| s.points.keys().next().copied()).min();
        let last = |s: &Series| Some(s.points.keys().next_back()? + s.resolution().unwrap_or(MINUTE));
        let (Some((clock, _)), Some(begin), Some(end)) = (clock, begin, series.iter().filter_map(last).max())
        else {
            return Err(Failure::input(format!("{}: no values are recorded", names())));
        };
        if end - begin > LONGEST {
            let days = (end - begin) / 86_400_000;
            return Err(Failure::input(format!("{}: the points span {days} days; at most 366 fit", names())));
        }
        Ok(Self { clock, begin, end, series })
    }

    /// The series of that name: none, one, or several that share a Label.
    pub(crate) fn named(&self, name: &str) -> Vec<&Series> {
        self.series.iter().filter(|s| s.names.iter().any(|n| n == name)).collect()
    }

    /// All that there are, for messages.
    pub(crate) fn titles(&self) -> String {
        self.series.iter().map(Series::title).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source { name: name.into(), text: text.into() }
    }

    #[test]
    fn files_continue_each_other() {
        let day = |name, text: &str| source(name, text);
        let read = Recording::read(&[day("a.csv", "time,e\n0,1\n60,2\n"), day("b.csv", "time,e\n2m,3\n")]);
        let read = read.expect("a recording");
        assert_eq!(read.series.len(), 1);
        assert_eq!(read.series[0].points, BTreeMap::from([(0, 1.0), (60_000, 2.0), (120_000, 3.0)]));
        assert_eq!((read.begin, read.end, read.clock), (0, 180_000, Clock::Offset));
    }

    #[test]
    fn what_does_not_fit_together_is_told() {
        for (one, other, said) in [
            ("time,e\n0,1\n", "time,e\n0,2\n", "b:2: e has two values for this time"),
            ("time,e\n0,1\n", "time,f\n2026-11-01T00:00Z,2\n", "b:2: an instant here and an offset in a"),
            ("time,e\n0,\n", "time,e\n1,\n", "a, b: no values are recorded"),
            ("time,e\n0,1\n", "time,f\n9000h,1\n", "a, b: the points span 375 days; at most 366 fit"),
        ] {
            let told = Recording::read(&[source("a", one), source("b", other)]).expect_err("a failure");
            assert!(told.to_string().starts_with(said), "{told}");
        }
    }

    #[test]
    fn points_come_at_whole_minutes() {
        for (times, resolution) in [
            (&[0][..], None),
            (&[0, 500], Some(60_000)),
            (&[0, 61_000], Some(60_000)),
            (&[0, 900_000, 600_000], Some(300_000)),
        ] {
            let points = times.iter().map(|t| (*t, 0.0)).collect();
            assert_eq!(Series { names: Vec::new(), points }.resolution(), resolution, "{times:?}");
        }
    }
}
