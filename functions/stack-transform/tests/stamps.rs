//! When an alias gets another handle and another wait, and when it keeps them.

use serde_json::{Value, json};

fn handle(template: Value, parameters: Value) -> String {
    let request = json!({ "requestId": "r", "fragment": template, "templateParameterValues": parameters });
    let answer = stack_transform::answer(&request, "arn:aws:lambda:eu-west-1:1:function:shift");
    let resources = answer["fragment"]["Resources"].as_object().unwrap_or_else(|| panic!("{answer}"));
    resources.keys().find(|id| id.contains("ShiftHandle")).expect("a handle").clone()
}

fn template(version: Value, more: Value) -> Value {
    let policy = json!({ "ApplicationName": "a", "DeploymentGroupName": "g" });
    let mut template = json!({ "Resources": { "Live": {
        "Type": "AWS::Lambda::Alias",
        "Properties": { "FunctionName": "shop", "Name": "live", "FunctionVersion": version },
        "UpdatePolicy": { "CodeDeployLambdaAliasUpdate": policy },
    } } });
    for (name, value) in more.as_object().into_iter().flatten() {
        match name.as_str() {
            "Resources" => value.as_object().into_iter().flatten().for_each(|(id, one)| {
                template["Resources"][id] = one.clone();
            }),
            _ => template[name] = value.clone(),
        }
    }
    template
}

fn versioned(description: &str) -> Value {
    let properties = json!({ "FunctionName": "shop", "Description": description });
    json!({ "Resources": { "V": { "Type": "AWS::Lambda::Version", "Properties": properties } } })
}

#[test]
fn a_parameter_that_is_the_version_counts_with_its_value() {
    let of =
        |value: &str| handle(template(json!({ "Ref": "Version" }), json!({})), json!({ "Version": value }));
    assert_eq!(of("1"), of("1"));
    assert_ne!(of("1"), of("2"));
}

#[test]
fn a_version_resource_counts_with_what_replaces_it() {
    let got = json!({ "Fn::GetAtt": ["V", "Version"] });
    let of = |description: &str| handle(template(got.clone(), versioned(description)), json!({}));
    assert_ne!(of("one"), of("two"));
    let dotted = handle(template(json!({ "Fn::GetAtt": "V.Version" }), versioned("one")), json!({}));
    assert_eq!(dotted, of("one"));
}

#[test]
fn a_condition_counts_with_the_parameters_it_depends_on() {
    let version = json!({ "Fn::If": ["Both", "1", "2"] });
    let conditions = json!({ "Conditions": {
        "Both": { "Fn::And": [{ "Condition": "Live" }, { "Condition": "Both" }] },
        "Live": { "Fn::Equals": [{ "Ref": "Stage" }, "live"] },
    } });
    let of = |stage: &str| {
        handle(template(version.clone(), conditions.clone()), json!({ "Stage": stage, "Other": stage }))
    };
    assert_ne!(of("live"), of("test"));
}

#[test]
fn what_does_not_decide_over_the_version_does_not_count() {
    let of = |value: &str| handle(template(json!("7"), json!({})), json!({ "Other": value }));
    assert_eq!(of("1"), of("2"));
}
