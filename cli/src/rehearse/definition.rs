//! Alarms as `aws cloudwatch describe-alarms` prints them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::rehearse::judge::{Policy, Quorum};
use crate::rehearse::rule::{Comparison, Rule, Statistic};
use crate::rehearse::source::Source;

/// The members that count; numbers may come as 60 or 60.0.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MetricAlarm {
    namespace: Option<String>,
    metric_name: Option<String>,
    dimensions: Option<Vec<Dimension>>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    period: Option<f64>,
    evaluation_periods: Option<f64>,
    datapoints_to_alarm: Option<f64>,
    threshold: Option<f64>,
    comparison_operator: Option<String>,
    treat_missing_data: Option<String>,
    threshold_metric_id: Option<String>,
    evaluation_window: Option<Value>,
    metrics: Option<Vec<Value>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    name: String,
    value: String,
}

/// An alarm: its rule, or why it cannot be rehearsed.
pub(crate) type Definition = Result<Rule, String>;

/// The definitions of these alarms, as far as the files have them.
pub(crate) fn read(sources: &[Source], wanted: &[String]) -> Result<BTreeMap<String, Definition>, Failure> {
    let mut found = BTreeMap::new();
    for source in sources {
        let value = source.json()?;
        let list = |value: &Value, member: &str| value.get(member).and_then(Value::as_array).cloned();
        let (at, alarms) = match &value {
            Value::Array(alarms) => ("", alarms.clone()),
            one if one.get("AlarmName").is_some() => ("", vec![one.clone()]),
            all if all.get("MetricAlarms").is_some() || all.get("CompositeAlarms").is_some() => {
                ("MetricAlarms", list(all, "MetricAlarms").unwrap_or_default())
            }
            _ => {
                let what = "not the output of aws cloudwatch describe-alarms: it has no MetricAlarms";
                return Err(source.wrong(1, what));
            }
        };
        let composite = list(&value, "CompositeAlarms").unwrap_or_default();
        let name = |alarm: &Value| alarm.get("AlarmName").and_then(Value::as_str).map(str::to_owned);
        for name in composite.iter().filter_map(name).filter(|name| wanted.contains(name)) {
            found.insert(name, Err("it is a composite alarm".to_owned()));
        }
        for (n, alarm) in alarms.into_iter().enumerate() {
            let at = format!("{at}[{n}]");
            let Some(name) = name(&alarm) else {
                return Err(source.wrong(format!(" {at}"), "an alarm without AlarmName"));
            };
            if wanted.contains(&name) {
                let alarm: MetricAlarm = source.shaped(&at, alarm)?;
                let definition = alarm.rule().map_err(|(member, what)| {
                    source.wrong(format!(" {at}.{member}"), format!("{what} (alarm {name})"))
                })?;
                found.insert(name, definition);
            }
        }
    }
    Ok(found)
}

type Wrong = (&'static str, String);

impl MetricAlarm {
    fn rule(&self) -> Result<Definition, Wrong> {
        if self.threshold_metric_id.is_some() {
            return Ok(Err("its threshold is an anomaly detection band".to_owned()));
        }
        if self.metric_name.is_none() && self.metrics.is_none() {
            return Ok(Err("it watches neither a metric nor an expression of metrics".to_owned()));
        }
        let statistic = match self.statistic.as_deref() {
            Some("Average") => Statistic::Average,
            Some("Sum" | "SampleCount") => Statistic::Sum,
            Some("Minimum") => Statistic::Minimum,
            Some("Maximum") => Statistic::Maximum,
            Some(other) => return Err(("Statistic", format!("{other:?} is no statistic"))),
            None if self.extended_statistic.is_some() || self.metrics.is_some() => Statistic::AsRecorded,
            None => return Err(("Statistic", "it is missing".to_owned())),
        };
        let Some(wall_clock) = self.wall_clock() else {
            return Ok(Err("its evaluation window is aligned to a time zone".to_owned()));
        };
        let seconds = self.period.or_else(|| self.metrics_period());
        let seconds = whole("Period", seconds)?;
        if ![10, 20, 30].contains(&seconds) && seconds % 60 != 0 {
            return Err(("Period", format!("{seconds} is not 10, 20, 30 or a multiple of 60")));
        }
        let n = whole("EvaluationPeriods", self.evaluation_periods)?;
        let longest = if seconds < 3_600 { 86_400 } else { 604_800 };
        if n.saturating_mul(seconds) > longest {
            let what = format!("{n} periods of {seconds} s are longer than {} h", longest / 3_600);
            return Err(("EvaluationPeriods", what));
        }
        let m = self.datapoints_to_alarm.map_or(Ok(n), |m| whole("DatapointsToAlarm", Some(m)))?;
        if m > n {
            return Err(("DatapointsToAlarm", format!("{m} is more than the EvaluationPeriods, {n}")));
        }
        let Some(threshold) = self.threshold else { return Err(("Threshold", "it is missing".to_owned())) };
        let operator = self.comparison_operator.as_deref().unwrap_or_default();
        let Some(comparison) = Comparison::parse(operator) else {
            return Err(("ComparisonOperator", format!("{operator:?} compares with no static threshold")));
        };
        let missing = match self.treat_missing_data.as_deref() {
            // CloudWatch always ignores what DynamoDB does not report.
            _ if self.namespace.as_deref() == Some("AWS/DynamoDB") => Policy::Ignore,
            None | Some("missing") => Policy::Missing,
            Some("ignore") => Policy::Ignore,
            Some("breaching") => Policy::Breaching,
            Some("notBreaching") => Policy::NotBreaching,
            Some(other) => {
                let what = format!("{other:?} is none of missing, ignore, breaching, notBreaching");
                return Err(("TreatMissingData", what));
            }
        };
        let mut dimensions = self.dimensions.clone().unwrap_or_default();
        dimensions.sort();
        let dimensions: Vec<_> = dimensions.iter().map(|d| format!("{}={}", d.name, d.value)).collect();
        let namespace = self.namespace.as_deref().unwrap_or_default();
        Ok(Ok(Rule {
            metric: self.metric_name.clone(),
            identity: format!("{namespace} {}", dimensions.join(" ")),
            statistic,
            period: seconds as i64 * 1000,
            wall_clock,
            comparison,
            threshold,
            quorum: Quorum { datapoints_to_alarm: m, evaluation_periods: n, missing },
        }))
    }

    /// None: aligned to a time zone that is not UTC.
    fn wall_clock(&self) -> Option<bool> {
        let Some(window) = self.evaluation_window.as_ref().and_then(|w| w.get("WallClockWindow")) else {
            return Some(false);
        };
        let zone = window.get("Timezone").and_then(Value::as_str).unwrap_or("UTC");
        ["UTC", "Etc/UTC", "+00:00", "UTC+00:00"].contains(&zone).then_some(true)
    }

    /// The period of an expression is that of its metrics.
    fn metrics_period(&self) -> Option<f64> {
        let period = |query: &Value| {
            let own = query.get("Period").and_then(Value::as_f64);
            own.or_else(|| query.get("MetricStat")?.get("Period")?.as_f64())
        };
        self.metrics.iter().flatten().find_map(period)
    }
}

fn whole(member: &'static str, number: Option<f64>) -> Result<usize, Wrong> {
    match number {
        None => Err((member, "it is missing".to_owned())),
        Some(n) if n.fract() == 0.0 && (1.0..=604_800.0).contains(&n) => Ok(n as usize),
        Some(n) => Err((member, format!("{n} is not a whole number from 1 on"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn alarm() -> Value {
        json!({
            "AlarmName": "a", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
            "Dimensions": [{ "Name": "Resource", "Value": "f:live" }, { "Name": "FunctionName", "Value": "f" }],
            "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold", "StateValue": "OK",
        })
    }

    fn with(members: Value) -> Value {
        let mut alarm = alarm();
        for (member, value) in members.as_object().expect("members") {
            alarm[member] = value.clone();
        }
        alarm
    }

    fn one(alarm: &Value) -> Result<BTreeMap<String, Definition>, Failure> {
        let text = json!({ "MetricAlarms": [alarm], "CompositeAlarms": [] }).to_string();
        read(&[Source { name: "a.json".into(), text }], &["a".to_owned()])
    }

    #[test]
    fn an_alarm_is_read() {
        let rule = one(&alarm()).expect("definitions").remove("a").expect("an alarm").expect("a rule");
        assert_eq!(rule.metric.as_deref(), Some("Errors"));
        assert_eq!(rule.identity, "AWS/Lambda FunctionName=f Resource=f:live");
        assert_eq!((rule.statistic, rule.period, rule.wall_clock), (Statistic::Sum, 60_000, false));
        let quorum = Quorum { datapoints_to_alarm: 2, evaluation_periods: 3, missing: Policy::Missing };
        assert_eq!((rule.comparison, rule.threshold, rule.quorum), (Comparison::Greater, 5.0, quorum));
    }

    #[test]
    fn what_is_left_away_has_its_default() {
        let dynamo = with(
            json!({ "DatapointsToAlarm": null, "Namespace": "AWS/DynamoDB", "TreatMissingData": "breaching" }),
        );
        let rule = one(&dynamo).expect("definitions").remove("a").expect("an alarm").expect("a rule");
        assert_eq!(rule.quorum.datapoints_to_alarm, 3);
        assert_eq!(rule.quorum.missing, Policy::Ignore);
        let math = with(json!({ "Statistic": null, "Period": null, "MetricName": null, "Metrics":
            [{ "Id": "e", "Expression": "m/n" }, { "Id": "m", "MetricStat": { "Period": 300 } }] }));
        let rule = one(&math).expect("definitions").remove("a").expect("an alarm").expect("a rule");
        assert_eq!((rule.statistic, rule.period, rule.metric), (Statistic::AsRecorded, 300_000, None));
    }

    #[test]
    fn what_cannot_be_rehearsed_says_why() {
        let zone = json!({ "EvaluationWindow": { "WallClockWindow": { "Timezone": "Europe/Berlin" } } });
        for (alarm, why) in [
            (with(json!({ "ThresholdMetricId": "ad1" })), "anomaly detection"),
            (with(zone), "time zone"),
            (json!({ "AlarmName": "a", "EvaluationCriteria": {} }), "neither a metric nor an expression"),
        ] {
            let told = one(&alarm).expect("definitions").remove("a").expect("an alarm").expect_err("no rule");
            assert!(told.contains(why), "{told}");
        }
        let composite = json!({ "CompositeAlarms": [{ "AlarmName": "a", "AlarmRule": "ALARM(b)" }] });
        let source = Source { name: "a.json".into(), text: composite.to_string() };
        let told = read(&[source], &["a".to_owned()]).expect("definitions").remove("a");
        assert_eq!(told, Some(Err("it is a composite alarm".to_owned())));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_member() {
        for (members, said) in [
            (json!({ "Period": 45 }), "Period: 45 is not 10, 20, 30 or a multiple of 60 (alarm a)"),
            (json!({ "Period": null }), "Period: it is missing (alarm a)"),
            (json!({ "Period": "60" }), "Period: invalid type: string \"60\""),
            (json!({ "EvaluationPeriods": 0 }), "EvaluationPeriods: 0 is not a whole number from 1 on"),
            (
                json!({ "EvaluationPeriods": 1_441 }),
                "EvaluationPeriods: 1441 periods of 60 s are longer than 24 h",
            ),
            (json!({ "DatapointsToAlarm": 4 }), "DatapointsToAlarm: 4 is more than the EvaluationPeriods, 3"),
            (json!({ "Threshold": null }), "Threshold: it is missing"),
            (json!({ "Statistic": "p99" }), "Statistic: \"p99\" is no statistic"),
            (
                json!({ "ComparisonOperator": "GreaterThanUpperThreshold" }),
                "ComparisonOperator: \"GreaterThan",
            ),
            (json!({ "TreatMissingData": "maybe" }), "TreatMissingData: \"maybe\" is none of missing"),
        ] {
            let told = one(&with(members)).expect_err("a failure").to_string();
            assert!(told.starts_with(&format!("a.json: MetricAlarms[0].{said}")), "{told}");
        }
    }
}
