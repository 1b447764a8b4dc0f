//! The deployment's alarms over the recording, counted from the deployment's creation.

use crate::failure::Failure;
use crate::rehearse::datapoints::Datapoints;
use crate::rehearse::definition;
use crate::rehearse::history::{Change, changes};
use crate::rehearse::outcome::Watched;
use crate::rehearse::pairing::pairs;
use crate::rehearse::rule::Rule;
use crate::rehearse::series::{Recording, Series};
use crate::rehearse::source::Source;
use crate::rehearse::time::{Clock, Moment, clock};

/// The instant of the recording at which the deployment is created: the first one unless `wanted` says
/// otherwise. An offset counts from the first one.
pub(crate) fn start(recording: &Recording, wanted: Option<Moment>) -> Result<Moment, Failure> {
    let at = match (wanted, recording.clock) {
        (None, _) => recording.begin,
        (Some(Moment { clock: Clock::Offset, at }), Clock::Utc) => recording.begin + at,
        (Some(Moment { clock: Clock::Utc, .. }), Clock::Offset) => {
            return Err(Failure::input("--start: the recording has offsets, so give one, such as 0 or 30m"));
        }
        (Some(moment), _) => moment.at,
    };
    if at >= recording.end {
        return Err(Failure::input("--start: the recording is over by then"));
    }
    Ok(Moment { clock: recording.clock, at })
}

/// Evaluates the alarms of that name.
pub(crate) fn watched(
    alarms: &[String],
    definitions: &[Source],
    recording: Option<&Recording>,
    maps: &[(String, String)],
    start: i64,
) -> Result<Vec<Watched>, Failure> {
    let definitions = definition::read(definitions, alarms)?;
    let pairs = pairs(alarms, &definitions, recording, maps)?;
    let watch = |(name, pair)| match (pair, recording) {
        (Ok((rule, series)), Some(recording)) => evaluated(name, &rule, series, recording, start),
        (Err(why), _) => Watched { name, on: Err(why), rare: None, changes: Vec::new() },
        (Ok(_), None) => {
            Watched { name, on: Err("nothing is recorded".to_owned()), rare: None, changes: Vec::new() }
        }
    };
    Ok(pairs.into_iter().map(watch).collect())
}

fn evaluated(name: String, rule: &Rule, series: &Series, recording: &Recording, start: i64) -> Watched {
    let datapoints = Datapoints::of(series, rule, recording.begin, recording.end);
    if datapoints.values.is_empty() {
        let why = format!("no whole Period of {} s was recorded", rule.period / 1000);
        return Watched { name, on: Err(why), rare: None, changes: Vec::new() };
    }
    let since = |change: Change| Change { at: change.at - start, ..change };
    let changes = changes(rule, &datapoints).into_iter().map(since).collect();
    let rare = series.resolution().filter(|apart| *apart > rule.period).map(|apart| {
        let (apart, period) = (apart / 1000, rule.period / 1000);
        let series = series.title();
        format!("the points of {series} are {apart} s apart or more, so that most Periods of {period} s have no data")
    });
    Watched { name, on: Ok(series.title()), rare, changes }
}

/// What the user should know of how well the recording covers a deployment that was over `over_at` after its
/// creation.
pub(crate) fn warnings(
    recording: Option<&Recording>,
    watched: &[Watched],
    start: i64,
    over_at: i64,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(recording) = recording {
        let used =
            |series: &Series| watched.iter().any(|w| w.on.as_ref().is_ok_and(|on| *on == series.title()));
        let unused: Vec<_> = recording.series.iter().filter(|s| !used(s)).map(Series::title).collect();
        if !unused.is_empty() {
            warnings.push(format!("no alarm of the deployment watches {}", unused.join(", ")));
        }
        let (begin, end) = (recording.begin - start, recording.end - start);
        if begin > 0 {
            warnings
                .push(format!("the recording begins at {}: until then the alarms count as OK", clock(begin)));
        }
        if end < over_at {
            warnings.push(format!(
                "the recording ends at {}: from then on the alarms stay as they are",
                clock(end)
            ));
        }
    }
    for alarm in watched {
        warnings.extend(alarm.rare.as_ref().map(|rare| format!("alarm {}: {rare}", alarm.name)));
    }
    if watched.iter().any(|w| w.on.is_err()) {
        warnings.push("alarms that were not evaluated count as OK".to_owned());
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::time::parse;
    use serde_json::json;

    fn source(name: &str, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into() }
    }

    fn recording(text: &str) -> Recording {
        Recording::read(&[source("m.csv", text)]).expect("a recording")
    }

    #[test]
    fn the_start_is_an_instant_of_the_recording() {
        let offsets = recording("time,a\n60,1\n10m,1\n");
        let instants = recording("time,a\n2026-11-01T12:00:00Z,1\n2026-11-01T12:30:00Z,1\n");
        let noon = instants.begin;
        for (recording, wanted, expected) in [
            (&offsets, None, Some(60_000)),
            (&offsets, Some("2m"), Some(120_000)),
            (&offsets, Some("0"), Some(0)),
            (&offsets, Some("2026-11-01T12:00:00Z"), None),
            (&offsets, Some("19m"), None),
            (&instants, None, Some(noon)),
            (&instants, Some("2026-11-01T12:10:00Z"), Some(noon + 600_000)),
            (&instants, Some("10m"), Some(noon + 600_000)),
        ] {
            let wanted = wanted.map(|text| parse(text).expect("a time"));
            assert_eq!(start(recording, wanted).ok().map(|m| m.at), expected, "{wanted:?}");
        }
    }

    #[test]
    fn alarms_are_told_from_the_creation_on() {
        let alarm = json!({
            "AlarmName": "a", "MetricName": "Errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 2,
            "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold",
        });
        let often = recording("time,Errors,x\n0,9,\n1m,9,\n2m,9,\n3m,0,1\n");
        let names = ["a".to_owned(), "b".to_owned()];
        let sources = [source("a.json", alarm.to_string())];
        let rare = recording("time,Errors\n0,9\n5m,9\n");
        let few = watched(&names[..1], &sources, Some(&rare), &[], 0).expect("alarms");
        assert_eq!(
            warnings(Some(&rare), &few, 0, 0),
            [
                "alarm a: the points of Errors are 300 s apart or more, so that most Periods of 60 s have no data"
            ]
        );
        let short = recording("time,Errors\n0,9\n");
        let mut hourly = alarm.clone();
        hourly["Period"] = 3_600.into();
        let hourly = [source("a.json", hourly.to_string())];
        let never = watched(&names[..1], &hourly, Some(&short), &[], 0).expect("alarms");
        assert_eq!(never[0].on, Err("no whole Period of 3600 s was recorded".to_owned()));
        let watched = watched(&names, &sources, Some(&often), &[], 60_000).expect("alarms");
        let told: Vec<_> = watched[0].changes.iter().map(|c| (c.at, c.to.as_str())).collect();
        assert_eq!(told, [(60_000, "ALARM"), (180_000, "OK")]);
        assert_eq!(watched[1].on, Err("no definition of it is given (--alarms)".to_owned()));
        assert_eq!(
            warnings(Some(&often), &watched, 60_000, 600_000),
            [
                "no alarm of the deployment watches x",
                "the recording ends at 0:03:00: from then on the alarms stay as they are",
                "alarms that were not evaluated count as OK",
            ]
        );
        assert!(
            warnings(Some(&often), &watched[..1], -60_000, 1)
                .contains(&"the recording begins at 0:01:00: until then the alarms count as OK".to_owned())
        );
    }
}
