//! Series as `aws cloudwatch get-metric-data` prints them.

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::rehearse::series::Raw;
use crate::rehearse::source::Source;
use crate::rehearse::time;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    metric_data_results: Vec<Results>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Results {
    id: String,
    #[serde(default)]
    label: String,
    timestamps: Vec<Value>,
    values: Vec<f64>,
}

/// Reads a file. The pages of a long answer repeat an Id and a Label; points come in either order.
pub(crate) fn read(source: &Source) -> Result<Vec<Raw>, Failure> {
    let value = source.json()?;
    if value.get("MetricDataResults").is_none() {
        let what =
            "neither CSV nor the output of aws cloudwatch get-metric-data: it has no MetricDataResults";
        return Err(source.wrong(1, what));
    }
    let output: Output = source.shaped("", value)?;
    let mut series: Vec<Raw> = Vec::new();
    for (n, results) in output.metric_data_results.into_iter().enumerate() {
        let at = format!(" MetricDataResults[{n}]");
        if results.timestamps.len() != results.values.len() {
            let (times, values) = (results.timestamps.len(), results.values.len());
            return Err(source.wrong(at, format!("{times} Timestamps and {values} Values")));
        }
        let mut names = vec![results.label, results.id];
        names.retain(|name| !name.is_empty());
        names.dedup();
        let known = series.iter().position(|raw| raw.names == names).unwrap_or(series.len());
        if known == series.len() {
            series.push(Raw { names, points: Vec::new() });
        }
        for (k, (stamp, value)) in results.timestamps.iter().zip(results.values).enumerate() {
            let place = format!("{at}.Timestamps[{k}]");
            let text = stamp.as_str().map_or_else(|| stamp.to_string(), str::to_owned);
            let moment = time::parse(&text).map_err(|what| source.wrong(&place, what))?;
            series[known].points.push((moment, value, place));
        }
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn source(value: &Value) -> Source {
        Source { name: "m.json".into(), text: value.to_string() }
    }

    #[test]
    fn pages_and_orders_do_not_matter() {
        let page = |stamps: [Value; 2], values: [f64; 2]| json!({ "Id": "m1", "Label": "Errors", "Timestamps": stamps, "Values": values, "StatusCode": "Complete" });
        let newest_first =
            page([json!("2026-11-01T12:01:00+00:00"), json!("2026-11-01T12:00:00+00:00")], [2.0, 1.0]);
        let next = page([json!(1_793_534_520), json!("2026-11-01T12:03:00Z")], [3.0, 4.0]);
        let all = json!({ "Messages": [], "MetricDataResults": [newest_first, next] });
        let read = read(&source(&all)).expect("series");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].names, ["Errors", "m1"]);
        let mut points: Vec<_> = read[0].points.iter().map(|(m, v, _)| (m.at / 60_000 % 60, *v)).collect();
        points.sort_by_key(|p| p.0);
        assert_eq!(points, [(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)]);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let one = |stamps: Value, values: Value| json!({ "MetricDataResults": [{ "Id": "m1", "Timestamps": stamps, "Values": values }] });
        for (value, said) in [
            (json!({ "Datapoints": [] }), "m.json:1: neither CSV nor the output"),
            (one(json!([]), json!([1.0])), "m.json: MetricDataResults[0]: 0 Timestamps and 1 Values"),
            (
                one(json!(["soon"]), json!([1.0])),
                "m.json: MetricDataResults[0].Timestamps[0]: \"soon\" is no time",
            ),
            (one(json!([]), json!(["x"])), "m.json: MetricDataResults[0].Values[0]: invalid type"),
        ] {
            let told = read(&source(&value)).expect_err("a failure").to_string();
            assert!(told.starts_with(said), "{told}");
        }
    }
}
