use api::Permit;
use cutover_core::access::Role;
use cutover_ports::table::Expect;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::world::{World, deployment};

async fn records(world: &World, input: Value) -> Vec<Value> {
    let (mut all, mut input) = (Vec::new(), input);
    loop {
        let page = world.ok("ListAuditRecords", input.clone()).await;
        all.extend(page["auditRecords"].as_array().expect("a list").clone());
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => return all,
        }
    }
}

#[tokio::test]
async fn every_call_that_is_to_change_something_is_recorded_with_its_outcome() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    world.refused("CreateDeployment", deployment(json!({}))).await;
    world.ok("GetDeployment", json!({"deploymentId": id})).await;
    let reader = world.with_permit(Permit::Role(Role::ReadOnly, None));
    reader.refused("StopDeployment", json!({"deploymentId": id})).await;

    let mut found = records(&world, json!({})).await;
    // All of them are of the same millisecond here.
    let serial = |r: &Value| r["requestId"].as_str().and_then(|id| id[2..].parse::<u64>().ok());
    found.sort_by_key(serial);
    let told: Vec<_> = found
        .iter()
        .map(|r| json!([r["operation"], r["resource"], r["outcome"], r["errorCode"], r["result"]]))
        .collect();
    let made = |at: usize| found[at]["result"].clone();
    let on = "application app, group grp";
    let deploys = format!("{on}, configuration CodeDeployDefault.LambdaCanary10Percent5Minutes");
    assert_eq!(
        told,
        [
            json!(["CreateApplication", "application app", "Succeeded", null, made(0)]),
            json!(["CreateDeploymentGroup", on, "Succeeded", null, made(1)]),
            json!(["CreateDeployment", deploys, "Succeeded", null, id]),
            json!(["CreateDeployment", deploys, "Refused", "DeploymentLimitExceededException", null]),
            json!(["StopDeployment", format!("deployment {id}"), "Refused", "AccessDeniedException", null]),
        ]
    );
    assert!(made(0).is_string() && made(1).is_string());
    assert_eq!(
        json!([found[0]["user"], found[0]["sourceAddress"], found[0]["time"]]),
        json!(["alice", "192.0.2.1", 1_700_000_000.0])
    );
}

#[tokio::test]
async fn records_are_listed_by_user_and_time_and_page_by_page() {
    let world = World::new();
    for at in 0..230 {
        let platform = json!({"applicationName": format!("a{at}"), "computePlatform": "Lambda"});
        world.ok("CreateApplication", platform).await;
    }
    assert_eq!(records(&world, json!({})).await.len(), 230);
    assert_eq!(records(&world, json!({"user": "alice"})).await.len(), 230);
    assert_eq!(records(&world, json!({"user": "bob"})).await.len(), 0);
    let now = 1_700_000_000;
    for (start, end, any) in
        [(now - 60, now + 60, true), (now - 60, now - 1, false), (now + 60, now + 120, false)]
    {
        let input = json!({"startTime": start, "endTime": end});
        assert_eq!(!records(&world, input).await.is_empty(), any, "{start} {end}");
    }
    let (code, _) = world.refused("ListAuditRecords", json!({"startTime": now, "endTime": now - 1})).await;
    assert_eq!(code, "InvalidTimeRangeException");
    // A token belongs to its list.
    let token = world.ok("ListAuditRecords", json!({})).await["nextToken"].clone();
    let (code, _) = world.refused("ListAuditRecords", json!({"user": "bob", "nextToken": token})).await;
    assert_eq!(code, "InvalidNextTokenException");
    for role in [Role::ReadOnly, Role::Deployer, Role::Agent] {
        let caller = world.with_permit(Permit::Role(role, None));
        assert_eq!(
            caller.refused("ListAuditRecords", json!({})).await.0,
            "AccessDeniedException",
            "{role:?}"
        );
    }
    // To look is not recorded.
    assert_eq!(records(&world, json!({})).await.len(), 230);
}

#[tokio::test]
async fn nothing_is_done_without_a_record_and_what_is_done_is_answered() {
    let world = World::new();
    let create = |name: &str| json!({"applicationName": name, "computePlatform": "Lambda"}).to_string();
    let target = Some("CodeDeploy_20141006.CreateApplication");
    *world.table.fault.lock().unwrap() = Fault::Audit(Expect::Absent);
    let (status, error, _) = world.raw(target, create("a").as_bytes()).await;
    assert_eq!((status, error), (503, Some("ServiceUnavailable")));
    assert_eq!(world.ok("ListApplications", json!({})).await["applications"], json!([]));

    *world.table.fault.lock().unwrap() = Fault::Audit(Expect::Version(1));
    let (status, error, _) = world.raw(target, create("b").as_bytes()).await;
    assert_eq!((status, error), (200, None));
    *world.table.fault.lock().unwrap() = Fault::None;
    assert_eq!(world.ok("ListApplications", json!({})).await["applications"], json!(["b"]));
    let found = records(&world, json!({})).await;
    assert_eq!((found.len(), &found[0]["outcome"]), (1, &json!("Unknown")));
}
