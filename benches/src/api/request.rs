//! Requests as the clients of AWS send them, as bytes.

use serde_json::{Value, json};

/// Headers as boto3 sends them, the signature included: their length is part of what reading a request costs.
const HEAD: &str = "POST / HTTP/1.1\r\n\
Host: 127.0.0.1\r\n\
Accept-Encoding: identity\r\n\
Content-Type: application/x-amz-json-1.1\r\n\
User-Agent: aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux md/arch#x86_64 lang/python#3.13 md/command#deploy\r\n\
X-Amz-Date: 20261101T000000Z\r\n\
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261101/us-east-1/codedeploy/aws4_request, \
SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n";

/// A call of a CodeDeploy operation.
pub fn call(operation: &str, input: &Value) -> Vec<u8> {
    let body = input.to_string();
    let target = format!("X-Amz-Target: CodeDeploy_20141006.{operation}\r\n");
    format!("{HEAD}{target}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// CreateDeployment of a canary in that group. The revision is its own: deployments of one and the same write to
/// one item, and wait for each other.
pub fn create_deployment(application: &str, group: &str) -> Vec<u8> {
    let content = json!({"version": 0.0, "Resources": [{"function": {"Type": "AWS::Lambda::Function",
        "Properties": {"Name": group, "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"}}}]});
    let input = json!({"applicationName": application, "deploymentGroupName": group,
        "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
        "description": "nightly build",
        "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": content.to_string()}}});
    call("CreateDeployment", &input)
}
