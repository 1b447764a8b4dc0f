use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn requests_that_cannot_be_read_are_told_so() {
    let world = World::new();
    let create = Some("CodeDeploy_20141006.CreateApplication");
    for (target, body, code) in [
        (None, "{}", "UnknownOperationException"),
        (Some("CodeDeploy_20141006.Nothing"), "{}", "UnknownOperationException"),
        (create, "{", "SerializationException"),
        (create, "[]", "SerializationException"),
        (create, r#"{"applicationName": 7}"#, "SerializationException"),
        (create, r#"{"tags": {}}"#, "SerializationException"),
        (create, "", "ApplicationNameRequiredException"),
        (create, r#"{"applicationName": null}"#, "ApplicationNameRequiredException"),
    ] {
        let (status, error, told) = world.raw(target, body.as_bytes()).await;
        assert_eq!((status, error), (400, Some(code)), "{body}");
        assert_eq!(told["__type"], code);
        assert!(told["message"].as_str().is_some_and(|m| !m.is_empty()));
    }
}

#[tokio::test]
async fn a_list_is_no_structure_and_the_refusal_says_where() {
    let world = World::new();
    let tags = r#"{"applicationName": "a", "tags": [{"Key": "k", "Value": "v"}, ["k", "v"]]}"#;
    let revision = r#"{"applicationName": "a", "revision": {"revisionType": "S3", "s3Location": []}}"#;
    for (operation, body, place) in [
        ("CreateApplication", tags, "tags[1]: invalid type: sequence, expected struct Tag"),
        ("CreateDeployment", revision, "revision.s3Location: invalid type: sequence"),
        ("CreateDeploymentGroup", r#"{"deploymentStyle": ["IN_PLACE"]}"#, "deploymentStyle: invalid type"),
    ] {
        let target = format!("CodeDeploy_20141006.{operation}");
        let (_, code, told) = world.raw(Some(&target), body.as_bytes()).await;
        assert_eq!(code, Some("SerializationException"), "{body}");
        assert!(told["message"].as_str().is_some_and(|message| message.contains(place)), "{told}");
    }
    assert_eq!(world.ok("ListApplications", json!({})).await["applications"], json!([]));
}

#[tokio::test]
async fn operations_without_output_answer_an_empty_object() {
    let world = World::new();
    assert_eq!(world.ok("DeleteApplication", json!({"applicationName": "none"})).await, json!({}));
    let (status, _, body) = world.raw(Some("CodeDeploy_20141006.ListApplications"), b"").await;
    assert_eq!((status, body), (200, json!({"applications": []})));
}
