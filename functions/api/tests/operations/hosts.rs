use serde_json::{Value, json};

use crate::world::World;

fn user(name: &str) -> Value {
    json!({"instanceName": name, "iamUserArn": format!("arn:aws:iam::123456789012:user/{name}")})
}

fn tags(names: &[&str], tags: &[(&str, &str)]) -> Value {
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    json!({"instanceNames": names, "tags": tags})
}

async fn listed(world: &World, input: Value) -> Value {
    world.ok("ListOnPremisesInstances", input).await["instanceNames"].take()
}

#[tokio::test]
async fn an_instance_is_registered_tagged_deregistered_and_registered_again() {
    let world = World::new();
    assert_eq!(world.ok("RegisterOnPremisesInstance", user("one")).await, json!({}));
    let session = "arn:aws:sts::123456789012:assumed-role/hosts/two";
    world.ok("RegisterOnPremisesInstance", json!({"instanceName": "two", "iamSessionArn": session})).await;
    let get = async |name: &str| {
        world.ok("GetOnPremisesInstance", json!({ "instanceName": name })).await["instanceInfo"].take()
    };
    let one = get("one").await;
    assert_eq!(
        (&one["tags"], &one["iamUserArn"]),
        (&json!([]), &json!("arn:aws:iam::123456789012:user/one"))
    );
    let arn = one["instanceArn"].as_str().expect("an ARN");
    assert!(arn.starts_with("arn:aws:codedeploy:us-east-1:123456789012:instance/one_"), "{arn}");
    assert_eq!(get("two").await["iamSessionArn"], session);

    world.ok("AddTagsToOnPremisesInstances", tags(&["one", "two"], &[("env", "prod")])).await;
    world.ok("AddTagsToOnPremisesInstances", tags(&["one"], &[("env", "test"), ("tier", "web")])).await;
    world.ok("RemoveTagsFromOnPremisesInstances", tags(&["one"], &[("tier", "other")])).await;
    let filter = |kind: &str, key: &str, value: &str| json!([{"Type": kind, "Key": key, "Value": value}]);
    for (filters, names) in [
        (filter("KEY_ONLY", "env", ""), json!(["one", "two"])),
        (filter("VALUE_ONLY", "", "web"), json!(["one"])),
        (filter("KEY_AND_VALUE", "env", "prod"), json!(["two"])),
    ] {
        assert_eq!(listed(&world, json!({ "tagFilters": filters })).await, names);
    }

    for _ in 0..2 {
        world.ok("DeregisterOnPremisesInstance", json!({"instanceName": "one"})).await;
    }
    assert!(get("one").await["deregisterTime"].is_number());
    assert_eq!(listed(&world, json!({"registrationStatus": "Registered"})).await, json!(["two"]));
    assert_eq!(listed(&world, json!({"registrationStatus": "Deregistered"})).await, json!(["one"]));
    assert_eq!(listed(&world, json!({})).await, json!(["one", "two"]));
    world.ok("RegisterOnPremisesInstance", user("one")).await;
    let again = get("one").await;
    assert_eq!((&again["tags"], &again["deregisterTime"]), (&json!([]), &json!(null)));
    let names = json!({"instanceNames": ["two", "nobody", "one"]});
    let infos = world.ok("BatchGetOnPremisesInstances", names).await["instanceInfos"].take();
    assert_eq!(infos.as_array().map(Vec::len), Some(2));
    assert_eq!(listed(&world.at_region("eu-west-1"), json!({})).await, json!([]));
}

#[tokio::test]
async fn lists_are_paged() {
    let world = World::new();
    for n in 0..120 {
        world.ok("RegisterOnPremisesInstance", user(&format!("host-{n:03}"))).await;
    }
    let first = world.ok("ListOnPremisesInstances", json!({})).await;
    assert_eq!(first["instanceNames"].as_array().map(Vec::len), Some(100));
    let rest = listed(&world, json!({"nextToken": first["nextToken"]})).await;
    assert_eq!((rest.as_array().map(Vec::len), &rest[0]), (Some(20), &json!("host-100")));
    let other = json!({"nextToken": first["nextToken"], "registrationStatus": "Registered"});
    world.refusals("ListOnPremisesInstances", &[(other, "InvalidNextTokenException")]).await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let world = World::new();
    world.ok("RegisterOnPremisesInstance", user("one")).await;
    let both = json!({"instanceName": "b", "iamUserArn": "arn:aws:iam::123456789012:user/b",
        "iamSessionArn": "arn:aws:sts::123456789012:assumed-role/r/b"});
    let session = json!({"instanceName": "s", "iamSessionArn": "arn:aws:sts::123456789012:assumed-role/r/s"});
    let same_session = json!({"instanceName": "t", "iamSessionArn": session["iamSessionArn"]});
    world.ok("RegisterOnPremisesInstance", session).await;
    let mut same_user = user("one");
    same_user["instanceName"] = "two".into();
    world
        .refusals(
            "RegisterOnPremisesInstance",
            &[
                (json!({}), "InstanceNameRequiredException"),
                (user("i-1"), "InvalidInstanceNameException"),
                (user("a b"), "InvalidInstanceNameException"),
                (json!({"instanceName": "a"}), "IamArnRequiredException"),
                (json!({"instanceName": "a", "iamUserArn": "x"}), "InvalidIamUserArnException"),
                (json!({"instanceName": "a", "iamSessionArn": "x"}), "InvalidIamSessionArnException"),
                (both, "MultipleIamArnsProvidedException"),
                (user("one"), "InstanceNameAlreadyRegisteredException"),
                (same_user, "IamUserArnAlreadyRegisteredException"),
                (same_session, "IamSessionArnAlreadyRegisteredException"),
            ],
        )
        .await;
    let many: Vec<(String, &str)> = (0..11).map(|n| (n.to_string(), "v")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    world.ok("AddTagsToOnPremisesInstances", tags(&["one"], &many[..10])).await;
    world
        .refusals(
            "AddTagsToOnPremisesInstances",
            &[
                (tags(&[], &[("a", "b")]), "InstanceNameRequiredException"),
                (tags(&["one"], &[]), "TagRequiredException"),
                (tags(&["one"], &[("a", "")]), "InvalidTagException"),
                (tags(&["one"], &many), "TagLimitExceededException"),
                (tags(&["one"], &many[10..]), "TagLimitExceededException"),
                (tags(&["one", "nobody"], &[("a", "b")]), "InstanceNotRegisteredException"),
            ],
        )
        .await;
    world
        .refusals(
            "GetOnPremisesInstance",
            &[(json!({"instanceName": "x"}), "InstanceNotRegisteredException")],
        )
        .await;
    world
        .refusals(
            "ListOnPremisesInstances",
            &[
                (json!({"registrationStatus": "x"}), "InvalidRegistrationStatusException"),
                (json!({"tagFilters": [{"Type": "x"}]}), "InvalidTagFilterException"),
            ],
        )
        .await;
}
