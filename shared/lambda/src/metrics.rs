//! Metrics in CloudWatch's embedded metric format: a line of the log that CloudWatch counts.

use serde_json::json;

/// The line that counts `value` under `name` in the namespace `Cutover`, written at `now_ms`.
pub fn count_line(name: &str, value: usize, now_ms: i64) -> String {
    json!({
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": "Cutover",
                "Dimensions": [[]],
                "Metrics": [{ "Name": name, "Unit": "Count" }],
            }],
        },
        name: value,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_names_itself_twice() {
        let line: serde_json::Value = serde_json::from_str(&count_line("Quarantined", 3, 7)).expect("JSON");
        assert_eq!(line["Quarantined"], 3);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "Quarantined");
    }
}
