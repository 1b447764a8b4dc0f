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
async fn operations_without_output_answer_an_empty_object() {
    let world = World::new();
    assert_eq!(world.ok("DeleteApplication", json!({"applicationName": "none"})).await, json!({}));
    let (status, _, body) = world.raw(Some("CodeDeploy_20141006.ListApplications"), b"").await;
    assert_eq!((status, body), (200, json!({"applications": []})));
}
