//! What the macro refuses, and in which words.

use serde_json::{Value, json};

fn refused(fragment: Value) -> String {
    let request =
        json!({ "requestId": "r-1", "fragment": fragment, "params": {}, "templateParameterValues": {} });
    let answer = stack_transform::answer(&request, "arn:aws:lambda:eu-west-1:1:function:shift");
    assert_eq!((&answer["requestId"], &answer["status"]), (&json!("r-1"), &json!("failure")), "{answer}");
    assert!(answer.get("fragment").is_none());
    let message = answer["errorMessage"].as_str().expect("a message");
    message.strip_prefix("Cutover cannot transform this template. ").expect("its beginning").to_owned()
}

/// An alias whose policy names a group of the template with this configuration.
fn template() -> Value {
    json!({ "Resources": {
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": { "FunctionName": "shop", "Name": "live", "FunctionVersion": "7" },
            "UpdatePolicy": { "CodeDeployLambdaAliasUpdate":
                { "ApplicationName": { "Ref": "App" }, "DeploymentGroupName": { "Ref": "Group" } } },
        },
        "App": { "Type": "AWS::CodeDeploy::Application", "Properties": { "ComputePlatform": "Lambda" } },
        "Group": { "Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": { "ApplicationName": { "Ref": "App" } } },
    } })
}

fn changed(pointer: &str, value: Value) -> String {
    let mut template = template();
    let (place, name) = pointer.rsplit_once('/').expect("a pointer");
    template.pointer_mut(place).expect("a place")[name] = value;
    refused(template)
}

const POLICY: &str = "/Resources/Live/UpdatePolicy/CodeDeployLambdaAliasUpdate";

#[test]
fn what_is_no_whole_template() {
    for fragment in [json!({ "Type": "AWS::Lambda::Alias" }), json!("text"), json!({ "Resources": [] })] {
        assert_eq!(
            refused(fragment),
            "Transform: Cutover transforms whole templates: list it under Transform at the top, not in Fn::Transform"
        );
    }
    let answer = stack_transform::answer(&json!({ "requestId": "r" }), "t");
    assert_eq!(answer["status"], "failure");
}

#[test]
fn what_takes_longer_than_cloudformation_waits() {
    let long = |minutes: Value| {
        let canary = json!({ "CanaryPercentage": 5, "CanaryInterval": minutes });
        json!({ "Type": "AWS::CodeDeploy::DeploymentConfig", "Properties": { "ComputePlatform": "Lambda",
            "TrafficRoutingConfig": { "Type": "TimeBasedCanary", "TimeBasedCanary": canary } } })
    };
    let with = |minutes: Value| {
        let mut template = template();
        template["Resources"]["Slow"] = long(minutes);
        template["Resources"]["Group"]["Properties"]["DeploymentConfigName"] = json!({ "Ref": "Slow" });
        template
    };
    assert_eq!(
        refused(with(json!(706))),
        "Live: its deployment configuration takes 706 minutes, and CloudFormation waits for 12 hours at most: use a \
         configuration of up to 705 minutes, or deploy through Cutover's API outside of the stack"
    );
    let request = json!({ "requestId": "r", "fragment": with(json!("705")) });
    let answer = stack_transform::answer(&request, "t");
    let resources = answer["fragment"]["Resources"].as_object().expect("a template");
    let wait = resources.values().find(|one| one["Type"] == "AWS::CloudFormation::WaitCondition");
    assert_eq!(wait.expect("a wait")["Properties"]["Timeout"], "43200");
}

#[test]
fn names_that_lead_elsewhere() {
    assert_eq!(
        changed(&format!("{POLICY}/DeploymentGroupName"), json!({ "Ref": "App" })),
        "Live: DeploymentGroupName refers to App, which is an AWS::CodeDeploy::Application, not an \
         AWS::CodeDeploy::DeploymentGroup"
    );
    assert_eq!(
        changed(&format!("{POLICY}/ApplicationName"), json!({ "Fn::If": ["C", { "Ref": "App" }, "other"] })),
        "Live: ApplicationName must be a name or a Ref to an AWS::CodeDeploy::Application; App stands within more"
    );
    assert_eq!(
        changed(&format!("{POLICY}/ApplicationName"), json!({ "Ref": "AWS::NoValue" })),
        "Live: CodeDeployLambdaAliasUpdate has no ApplicationName"
    );
}

#[test]
fn two_policies_of_one_alias() {
    let one =
        json!({ "CodeDeployLambdaAliasUpdate": { "ApplicationName": "a", "DeploymentGroupName": "g" } });
    let message = changed("/Resources/Live/UpdatePolicy", json!({ "Fn::If": ["C", one, one] }));
    assert!(
        message.starts_with("Live: Fn::If in UpdatePolicy may choose between one policy and"),
        "{message}"
    );
}

#[test]
fn attributes_of_what_is_gone() {
    let mut template = template();
    template["Outputs"] = json!({ "Id": { "Value": { "Fn::GetAtt": ["Group", "Id"] } } });
    template["Resources"]["Topic"] =
        json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": { "Fn::Sub": "${App.Id}" } } });
    assert_eq!(
        refused(template),
        "Topic: it asks for an attribute of App, which Cutover takes out of the template; refer to its name | \
         Outputs: it asks for an attribute of Group, which Cutover takes out of the template; refer to its name"
    );
}

#[test]
fn ids_that_are_taken_or_too_long() {
    assert_eq!(
        changed("/Resources/LiveShift", json!({ "Type": "AWS::SNS::Topic" })),
        "Live: the template has a resource LiveShift already, which is added for it"
    );
    let mut template = template();
    let alias = template["Resources"]["Live"].take();
    template["Resources"].as_object_mut().expect("resources").remove("Live");
    template["Resources"]["L".repeat(235)] = alias;
    assert!(refused(template).contains("its logical id is too long"));
}

#[test]
fn parameters_of_the_macro() {
    let request = json!({ "requestId": "r", "fragment": template(), "params": { "Speed": "2" } });
    let answer = stack_transform::answer(&request, "t");
    assert_eq!(
        answer["errorMessage"],
        "Cutover cannot transform this template. Transform: Cutover takes no Parameters"
    );
}
