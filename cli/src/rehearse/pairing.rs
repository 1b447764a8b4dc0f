//! Which series each alarm watches.

use std::collections::BTreeMap;

use crate::failure::Failure;
use crate::rehearse::datapoints::is_too_fine;
use crate::rehearse::definition::Definition;
use crate::rehearse::rule::Rule;
use crate::rehearse::series::{Recording, Series};

/// An alarm with what it is evaluated on, or why it is not evaluated.
pub(crate) type Pair<'a> = Result<(Rule, &'a Series), String>;

/// Finds the series of every alarm: what `maps` says, or a series of the alarm's name, or of its metric's.
pub(crate) fn pairs<'a>(
    alarms: &[String],
    definitions: &BTreeMap<String, Definition>,
    recording: Option<&'a Recording>,
    maps: &[(String, String)],
) -> Result<Vec<(String, Pair<'a>)>, Failure> {
    if let Some((alarm, _)) = maps.iter().find(|(alarm, _)| !alarms.contains(alarm)) {
        let known = if alarms.is_empty() { "none".to_owned() } else { alarms.join(", ") };
        let told =
            format!("--map {alarm}=…: the deployment watches no alarm of that name; it watches {known}");
        return Err(Failure::input(told));
    }
    let pair = |alarm: &String| -> Result<(String, Pair<'a>), Failure> {
        let rule = match (definitions.get(alarm), recording) {
            (None, _) => {
                return Ok((alarm.clone(), Err("no definition of it is given (--alarms)".to_owned())));
            }
            (Some(Err(why)), _) => return Ok((alarm.clone(), Err(why.clone()))),
            (_, None) => return Ok((alarm.clone(), Err("no series is given (--metrics)".to_owned()))),
            (Some(Ok(rule)), Some(recording)) => (rule, recording),
        };
        Ok((alarm.clone(), one(alarm, rule.0, rule.1, maps, definitions)?))
    };
    alarms.iter().map(pair).collect()
}

fn one<'a>(
    alarm: &str,
    rule: &Rule,
    recording: &'a Recording,
    maps: &[(String, String)],
    definitions: &BTreeMap<String, Definition>,
) -> Result<Pair<'a>, Failure> {
    let mapped = maps.iter().rev().find(|(name, _)| name == alarm).map(|(_, series)| series.as_str());
    let candidates = match mapped {
        Some(name) => vec![name],
        None => [Some(alarm), rule.metric.as_deref()].into_iter().flatten().collect(),
    };
    let mut found = candidates.iter().map(|name| (*name, recording.named(name)));
    let Some((name, found)) = found.find(|(_, found)| !found.is_empty()) else {
        let tried: Vec<_> = candidates.iter().map(|name| format!("{name:?}")).collect();
        return Err(Failure::bad_input(
            format!(
                "alarm {alarm}: no series is called {}; there are {}",
                tried.join(" or "),
                recording.titles()
            ),
            format!(
                "Name it: --map '{alarm}=SERIES'. An alarm that is left out of --alarms is not evaluated."
            ),
        ));
    };
    let [series] = found.as_slice() else {
        return Err(Failure::bad_input(
            format!("alarm {alarm}: {} series are called {name:?}", found.len()),
            format!("Name one by its Id: --map '{alarm}=ID'."),
        ));
    };
    let same_metric = |other: &Rule| other.metric == rule.metric && other.identity != rule.identity;
    if mapped.is_none() && name != alarm && definitions.values().flatten().any(same_metric) {
        return Err(Failure::bad_input(
            format!(
                "alarm {alarm}: the series {name:?} may be that of another alarm on {name} of other dimensions"
            ),
            format!("Say so if it is this one's: --map '{alarm}={name}'."),
        ));
    }
    if is_too_fine(series, rule) {
        let minutes = rule.period / 1000;
        return Ok(Err(format!(
            "it watches a percentile or an expression, and points finer than its Period cannot be put together: \
             record {} once every {minutes} s",
            series.title()
        )));
    }
    Ok(Ok((rule.clone(), series)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::datapoints::tests::rule;
    use crate::rehearse::rule::Statistic;
    use crate::rehearse::source::Source;

    fn found(
        definitions: &[(&str, Definition)],
        csv: &str,
        maps: &[(&str, &str)],
    ) -> Result<Vec<String>, Failure> {
        let recording = Recording::read(&[Source { name: "m.csv".into(), text: csv.into() }])?;
        let definitions: BTreeMap<_, _> =
            definitions.iter().map(|(name, d)| ((*name).to_owned(), d.clone())).collect();
        let alarms = ["a".to_owned(), "b".to_owned()];
        let maps: Vec<_> = maps.iter().map(|(a, s)| ((*a).to_owned(), (*s).to_owned())).collect();
        let pairs = pairs(&alarms, &definitions, Some(&recording), &maps)?;
        let word = |pair: Pair<'_>| pair.map_or_else(|why| why, |(_, series)| series.title());
        Ok(pairs.into_iter().map(|(_, pair)| word(pair)).collect())
    }

    #[test]
    fn names_lead_to_series() {
        let plain = || Ok(rule(Statistic::Sum, 60, 1, 1));
        let none = "no definition of it is given (--alarms)";
        for (csv, maps, expected) in [
            ("time,Errors,a\n0,1,2\n", &[][..], "a"),
            ("time,Errors\n0,1\n", &[], "Errors"),
            ("time,Errors,x\n0,1,2\n", &[("a", "x")], "x"),
        ] {
            assert_eq!(found(&[("a", plain())], csv, maps).expect("pairs"), [expected, none], "{csv}");
        }
        let composite = Err("it is a composite alarm".to_owned());
        let told = found(&[("a", plain()), ("b", composite)], "time,a\n0,1\n", &[]).expect("pairs");
        assert_eq!(told, ["a", "it is a composite alarm"]);
    }

    #[test]
    fn what_is_not_clear_is_asked_for() {
        let plain = || Ok(rule(Statistic::Sum, 60, 1, 1));
        let mut other = rule(Statistic::Sum, 60, 1, 1);
        other.identity = "FunctionName=g".into();
        let both = [("a", plain()), ("b", Ok(other))];
        for (definitions, csv, maps, said) in [
            (
                &both[..1],
                "time,x,y\n0,1,2\n",
                &[][..],
                "alarm a: no series is called \"a\" or \"Errors\"; there are x, y",
            ),
            (&both[..1], "time,x\n0,1\n", &[("a", "z")], "alarm a: no series is called \"z\"; there are x"),
            (
                &both[..1],
                "time,x\n0,1\n",
                &[("c", "x")],
                "--map c=…: the deployment watches no alarm of that name; it watches a, b",
            ),
            (
                &both[..],
                "time,Errors\n0,1\n",
                &[],
                "alarm a: the series \"Errors\" may be that of another alarm",
            ),
        ] {
            let told = found(definitions, csv, maps).expect_err("a failure").to_string();
            assert!(told.starts_with(said), "{told}");
        }
        let told = found(&both, "time,Errors\n0,1\n", &[("a", "Errors"), ("b", "Errors")]);
        assert_eq!(told.expect("pairs"), ["Errors", "Errors"]);
    }

    #[test]
    fn a_percentile_needs_its_own_points() {
        let p99 = Ok(rule(Statistic::AsRecorded, 300, 1, 1));
        let told = found(&[("a", p99)], "time,a\n0,1\n60,1\n", &[]).expect("pairs");
        assert!(told[0].contains("record a once every 300 s"), "{told:?}");
    }
}
