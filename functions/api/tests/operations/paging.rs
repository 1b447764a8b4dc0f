use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{ROLE, World};

/// All that a list gives, page by page, and how many pages that took.
async fn all(world: &World, operation: &str, input: &Value, member: &str) -> (Vec<String>, usize) {
    let (mut found, mut input, mut pages) = (Vec::new(), input.clone(), 0);
    loop {
        let page = world.ok(operation, input.clone()).await;
        pages += 1;
        let names = page[member].as_array().expect("names").iter();
        found.extend(names.map(|n| n.as_str().expect("text").to_owned()));
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => return (found, pages),
        }
    }
}

#[tokio::test]
async fn lists_come_in_pages_without_gaps() {
    let world = World::new();
    for n in 0..195 {
        let name = format!("app{n:03}");
        world.ok("CreateApplication", json!({"applicationName": name, "computePlatform": "Lambda"})).await;
        let group = json!({"applicationName": "app000", "deploymentGroupName": name, "serviceRoleArn": ROLE});
        world.ok("CreateDeploymentGroup", group).await;
        let config = json!({"deploymentConfigName": name, "computePlatform": "Lambda",
            "trafficRoutingConfig": {"type": "AllAtOnce"}});
        world.ok("CreateDeploymentConfig", config).await;
    }
    let names: Vec<String> = (0..195).map(|n| format!("app{n:03}")).collect();
    let found = all(&world, "ListApplications", &json!({}), "applications").await;
    assert_eq!(found, (names.clone(), 2));
    let input = json!({"applicationName": "app000"});
    let found = all(&world, "ListDeploymentGroups", &input, "deploymentGroups").await;
    assert_eq!(found, (names.clone(), 2));
    let (found, pages) = all(&world, "ListDeploymentConfigs", &json!({}), "deploymentConfigsList").await;
    assert_eq!((&found[17..], pages), (&names[..], 3));
    world.ok("DeleteApplication", input).await;
    assert_eq!(all(&world, "ListApplications", &json!({}), "applications").await.0, names[1..]);
}

#[tokio::test]
async fn tokens_are_good_for_their_own_list_alone() {
    let world = World::new();
    for n in 0..101 {
        world.ok("CreateApplication", json!({"applicationName": format!("a{n:03}")})).await;
    }
    let token = world.ok("ListApplications", json!({})).await["nextToken"].take();
    let text = token.as_str().expect("a token");
    let flipped = format!("{}{}", if text.starts_with('A') { "B" } else { "A" }, &text[1..]);
    let invalid = "InvalidNextTokenException";
    let with = |token: &str| json!({ "nextToken": token });
    world
        .refusals(
            "ListApplications",
            &[
                (with(&flipped), invalid),
                (with(""), invalid),
                (with("x"), invalid),
                (with(&format!("{text}A")), invalid),
            ],
        )
        .await;
    world.refusals("ListDeployments", &[(with(text), invalid)]).await;
    world.refusals("ListDeploymentConfigs", &[(with(text), invalid)]).await;
    world.at_region("eu-west-1").refusals("ListApplications", &[(with(text), invalid)]).await;
    let page = world.ok("ListApplications", with(text)).await;
    assert_eq!(page, json!({"applications": ["a100"]}));
}

#[tokio::test]
async fn deployments_come_in_pages_also_when_filtered() {
    let world = World::with_group(json!({})).await;
    let mut ids = Vec::new();
    for n in 0..105 {
        let group =
            json!({"applicationName": "app", "deploymentGroupName": format!("g{n}"), "serviceRoleArn": ROLE});
        world.ok("CreateDeploymentGroup", group).await;
        ids.push(world.deploy(json!({"deploymentGroupName": format!("g{n}")})).await);
        world.pass_ms(1);
    }
    ids.reverse();
    assert_eq!(all(&world, "ListDeployments", &json!({}), "deployments").await, (ids.clone(), 2));
    let created = json!({"includeOnlyStatuses": ["Created"]});
    let (found, _) = all(&world, "ListDeployments", &created, "deployments").await;
    assert_eq!(found, ids);
    let none = json!({"includeOnlyStatuses": ["Ready"]});
    assert_eq!(all(&world, "ListDeployments", &none, "deployments").await.0, Vec::<String>::new());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 105);
    let token = world.ok("ListDeployments", created).await["nextToken"].take();
    let other = json!({"includeOnlyStatuses": ["Failed"], "nextToken": token});
    world.refusals("ListDeployments", &[(other, "InvalidNextTokenException")]).await;
}
