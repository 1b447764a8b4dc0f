use api::Permit;
use cutover_core::access::Role;
use serde_json::{Value, json};

use crate::world::World;

const TOKEN: &str = "ghp_0123456789abcdefABCDEF";

fn octo(token: &str) -> Value {
    json!({"tokenName": "octo", "token": token})
}

async fn names(world: &World) -> Value {
    world.ok("ListGitHubAccountTokenNames", json!({})).await["tokenNameList"].take()
}

#[tokio::test]
async fn a_token_is_put_listed_and_deleted_and_never_told() {
    let world = World::new();
    assert_eq!(world.ok("PutGitHubAccountToken", octo(TOKEN)).await, json!({"tokenName": "octo"}));
    let stored = || world.table.dump().into_iter().find(|item| item.key.sk == "GHT#octo");
    let first = stored().expect("an item");
    // Another token takes its place, and whoever had read the first one sees that.
    world.ok("PutGitHubAccountToken", octo(&TOKEN.to_lowercase())).await;
    let second = stored().expect("an item");
    assert!(second.body != first.body && second.version > first.version);
    assert_eq!(names(&world).await, json!(["octo"]));
    for role in [Role::ReadOnly, Role::Deployer, Role::Agent] {
        let caller = world.with_permit(Permit::Role(role, None));
        caller.refusals("PutGitHubAccountToken", &[(octo(TOKEN), "AccessDeniedException")]).await;
    }
    let records = world.ok("ListAuditRecords", json!({})).await["auditRecords"].take();
    let records = records.as_array().expect("records");
    assert_eq!(records.len(), 5);
    assert!(records.iter().all(|record| record["resource"] == "GitHub token octo"), "{records:?}");
    for item in world.table.dump() {
        assert!(!item.body.to_lowercase().contains(&TOKEN.to_lowercase()), "{item:?}");
    }
    let named = json!({"tokenName": "octo"});
    assert_eq!(world.ok("DeleteGitHubAccountToken", named.clone()).await, named);
    assert_eq!(names(&world).await, json!([]));
    let gone = [(named, "GitHubAccountTokenDoesNotExistException")];
    world.refusals("DeleteGitHubAccountToken", &gone).await;
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_not_quoted() {
    let world = World::new();
    let long = "x".repeat(1_025);
    for token in [json!(null), json!(""), json!("ghp secret"), json!("ghp_sécret"), json!(long)] {
        let (code, message) =
            world.refused("PutGitHubAccountToken", json!({"tokenName": "octo", "token": token})).await;
        assert_eq!(code, "InvalidGitHubAccountTokenException");
        assert!(message.contains("1 to 1024 ASCII characters"), "{message}");
        assert!(!message.contains("cret") && !message.contains('x'), "{message}");
    }
    world
        .refusals(
            "PutGitHubAccountToken",
            &[
                (json!({"token": TOKEN}), "GitHubAccountTokenNameRequiredException"),
                (json!({"token": TOKEN, "tokenName": "a b"}), "InvalidGitHubAccountTokenNameException"),
            ],
        )
        .await;
    assert_eq!(names(&world).await, json!([]));
}

#[tokio::test]
async fn there_is_room_for_twenty_five() {
    let world = World::new();
    let numbered = |n: u32| json!({"tokenName": format!("t{n}"), "token": TOKEN});
    for n in 0..25 {
        world.ok("PutGitHubAccountToken", numbered(n)).await;
    }
    let full = [(numbered(25), "GitHubAccountTokenLimitExceededException")];
    world.refusals("PutGitHubAccountToken", &full).await;
    world.ok("PutGitHubAccountToken", numbered(7)).await;
}
