use serde_json::{Value, json};

use crate::world::World;

const APP: &str = "arn:aws:codedeploy:us-east-1:123456789012:application:app";
const GROUP: &str = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:app/grp";

fn tag(key: &str, value: &str) -> Value {
    json!({"Key": key, "Value": value})
}

#[tokio::test]
async fn tags_are_added_replaced_and_removed() {
    let world = World::with_group(json!({"tags": [tag("team", "shop")]})).await;
    let list =
        async |arn: &str| world.ok("ListTagsForResource", json!({ "ResourceArn": arn })).await["Tags"].take();
    assert_eq!(list(APP).await, json!([]));
    assert_eq!(list(GROUP).await, json!([tag("team", "shop")]));
    for arn in [APP, GROUP] {
        let input = json!({"ResourceArn": arn, "Tags": [tag("team", "web"), tag("env", "prod")]});
        assert_eq!(world.ok("TagResource", input).await, json!({}));
        assert_eq!(list(arn).await, json!([tag("env", "prod"), tag("team", "web")]));
        let input = json!({"ResourceArn": arn, "TagKeys": ["team", "never"]});
        assert_eq!(world.ok("UntagResource", input).await, json!({}));
        assert_eq!(list(arn).await, json!([tag("env", "prod")]));
    }
    let names = json!({"applicationName": "app", "deploymentGroupName": "grp"});
    let info = world.ok("GetDeploymentGroup", names).await;
    assert_eq!(info["deploymentGroupInfo"]["tags"], json!(null));
    let update = json!({"applicationName": "app", "currentDeploymentGroupName": "grp", "newDeploymentGroupName": "new"});
    world.ok("UpdateDeploymentGroup", update).await;
    assert_eq!(list(&GROUP.replace("grp", "new")).await, json!([tag("env", "prod")]));
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let world = World::with_group(json!({})).await;
    let many: Vec<Value> = (0..51).map(|n| tag(&n.to_string(), "")).collect();
    let unknown = APP.replace("application:app", "application:nobody");
    let deployment = APP.replace("application:app", "deployment:d-ABCDEFGHI");
    world
        .refusals(
            "TagResource",
            &[
                (json!({}), "ResourceArnRequiredException"),
                (json!({"ResourceArn": "x", "Tags": [tag("a", "b")]}), "InvalidArnException"),
                (json!({"ResourceArn": deployment, "Tags": [tag("a", "b")]}), "ArnNotSupportedException"),
                (
                    json!({"ResourceArn": unknown, "Tags": [tag("a", "b")]}),
                    "ApplicationDoesNotExistException",
                ),
                (
                    json!({"ResourceArn": format!("{GROUP}x"), "Tags": [tag("a", "b")]}),
                    "DeploymentGroupDoesNotExistException",
                ),
                (json!({"ResourceArn": APP}), "TagRequiredException"),
                (json!({"ResourceArn": APP, "Tags": []}), "TagRequiredException"),
                (json!({"ResourceArn": APP, "Tags": [tag("", "b")]}), "InvalidTagsToAddException"),
                (json!({"ResourceArn": APP, "Tags": many}), "InvalidTagsToAddException"),
            ],
        )
        .await;
    world.refusals("UntagResource", &[(json!({"ResourceArn": APP}), "TagRequiredException")]).await;
    world
        .refusals(
            "ListTagsForResource",
            &[
                (json!({ "ResourceArn": unknown }), "InvalidArnException"),
                (json!({ "ResourceArn": deployment }), "ArnNotSupportedException"),
            ],
        )
        .await;
}
