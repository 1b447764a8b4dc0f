use cutover_core::time::Timestamp;
use serde_json::{from_str, json, to_value};

use super::application::CreateApplicationInput;
use super::deployment::{CreateDeploymentInput, DeploymentOverview, ListDeploymentsInput};
use super::group::GroupSettings;
use super::time::Time;
use super::*;

#[test]
fn nulls_are_absent_and_strangers_ignored() {
    let told: CreateApplicationInput =
        from_str(r#"{"applicationName":"a","computePlatform":null,"later":[1]}"#).expect("an input");
    assert_eq!(told, CreateApplicationInput { application_name: Some("a".into()), ..Default::default() });
    assert_eq!(without_nulls(json!({"a": null, "b": [{"c": null}]})), json!({"b": [{}]}));
}

#[test]
fn members_are_spelt_as_the_api_does() {
    let text = r#"{"ec2TagFilters":[{"Key":"k","Value":"v","Type":"KEY_AND_VALUE"}],
        "ec2TagSet":{"ec2TagSetList":[[]]},"loadBalancerInfo":{"elbInfoList":[{"name":"n"}]},
        "onPremisesTagSet":{"onPremisesTagSetList":[]},"ecsServices":[{"clusterName":"c"}],
        "alarmConfiguration":{"ignorePollAlarmFailure":true}}"#;
    let settings: GroupSettings = from_str(text).expect("settings");
    let again = without_nulls(to_value(&settings).expect("a value"));
    assert_eq!(again, from_str::<Value>(text).expect("a value"));
    let text = r#"{"revision":{"revisionType":"S3","s3Location":{"bucket":"b","eTag":"e","bundleType":"zip"},
        "gitHubLocation":{"commitId":"c"},"appSpecContent":{"content":"x","sha256":"y"},
        "string":{"content":"x"}},"fileExistsBehavior":"RETAIN"}"#;
    let input: CreateDeploymentInput = from_str(text).expect("an input");
    let again = without_nulls(to_value(&input).expect("a value"));
    assert_eq!(again, from_str::<Value>(text).expect("a value"));
    let overview = to_value(DeploymentOverview::default()).expect("a value");
    assert_eq!(overview["InProgress"], 0);
}

#[test]
fn time_stamps_come_as_any_number_and_go_as_fractions() {
    for (text, millis) in [
        ("1", 1_000),
        ("1.5", 1_500),
        ("1700000000.123", 1_700_000_000_123),
        ("-3", -3_000),
        ("1e300", i64::MAX),
    ] {
        let time: Time = from_str(text).expect("a time");
        assert_eq!(time.0.as_millis(), millis, "{text}");
    }
    for bad in [r#""1""#, "true", "[]"] {
        assert!(from_str::<Time>(bad).is_err(), "{bad}");
    }
    let time = Time(Timestamp::from_millis(1_700_000_000_120));
    assert_eq!(serde_json::to_string(&time).expect("text"), "1700000000.12");
}

#[test]
fn structures_are_objects_however_deep() {
    for text in [
        r#"["a"]"#,
        r#"{"ec2TagFilters":[["k","v","KEY_AND_VALUE"]]}"#,
        r#"{"ec2TagSet":[[]]}"#,
        r#"{"ec2TagSet":{"ec2TagSetList":[[[]]]}}"#,
        r#"{"loadBalancerInfo":[[{"name":"n"}]]}"#,
    ] {
        let told = from_str::<GroupSettings>(text).expect_err(text).to_string();
        assert!(told.starts_with("invalid type: sequence, expected struct"), "{text}: {told}");
        let value = from_str::<Value>(text).expect("JSON");
        assert!(serde_json::from_value::<GroupSettings>(value).is_err(), "{text}");
    }
    let told = from_object::<Value>(b"[]").expect_err("no object").to_string();
    assert!(told.contains("invalid type: sequence"), "{told}");
    assert!(from_object::<Value>(b"{} x").is_err());
}

#[test]
fn wrong_types_are_refused() {
    for text in [
        r#"{"applicationName":5}"#,
        r#"{"includeOnlyStatuses":"Created"}"#,
        r#"{"createTimeRange":{"start":"yesterday"}}"#,
    ] {
        assert!(from_str::<ListDeploymentsInput>(text).is_err(), "{text}");
    }
}
