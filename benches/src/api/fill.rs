//! A store with much in it, filled through the codecs of the store and not over HTTP.

use std::path::Path;
use std::sync::Arc;

use cutover_core::config::ComputePlatform;
use cutover_core::deployment::{Cause, Deployment, Ending, ErrorCode, Phase, Verdict};
use cutover_core::ids::{ApplicationId, DeploymentId, GroupId};
use cutover_core::mark::MarkKind;
use cutover_core::time::Timestamp;
use cutover_local::sqlite::store::LocalStore;
use cutover_ports::system::SystemClock;
use cutover_ports::table::{Expect, Table, Write};
use cutover_store::application::{APPLICATION_VERSION, Application, Applications};
use cutover_store::group::{GROUP_VERSION, Group};
use cutover_store::groups::Groups;
use cutover_store::state::{self, Stored, Sweep};
use serde_json::json;

use crate::world::{planned, scope};

/// The application that has groups.
pub const APPLICATION: &str = "application-0";
/// The two groups whose deployments are filled in, one after the other.
pub const GROUPS: [&str; 2] = ["odd", "even"];
/// Every so many deployments one is Stopped: few enough to be looked for.
pub const RARE: u64 = 1_000;
/// Every so many deployments one is Failed.
const FAILED: u64 = 20;
/// Writes of one transaction: as many as the table takes.
const BATCH: usize = 100;
/// Transactions at a time.
const AT_ONCE: u64 = 16;
/// When the first of them was created; each a second after the one before.
const FIRST_MS: i64 = 1_790_000_000_000;

/// The id of deployment number `n`: spread over all ids, as random ones are, and no two alike.
pub fn id(n: u64) -> DeploymentId {
    const IDS: u128 = 36_u128.pow(9);
    DeploymentId::from_bits((u128::from(n) * 64_180_371_013 % IDS) as u64)
}

/// Opens the store of a folder, fills it and closes it.
///
/// # Panics
/// When the store fails.
pub async fn filled<F: Future<Output = ()>>(data: &Path, fill: impl FnOnce(Arc<dyn Table>) -> F) {
    let store = LocalStore::open(data, Arc::new(SystemClock)).expect("a store");
    fill(store.table()).await;
    store.close().await.expect("the store closes");
}

/// That many applications, `application-0` and so on, of which the first has [`GROUPS`] and `free` more groups,
/// `free-0` and so on.
///
/// # Panics
/// When the store fails.
pub async fn catalog(table: Arc<dyn Table>, applications: usize, free: usize) {
    let all = Arc::new(Applications::new(table.clone()));
    at_once(applications, move |n| {
        let all = all.clone();
        async move { all.create(&scope(), &application(n)).await.expect("an application") }
    })
    .await;
    let names: Vec<String> =
        GROUPS.iter().map(|name| (*name).to_owned()).chain((0..free).map(|n| format!("free-{n}"))).collect();
    let (names, all) = (Arc::new(names), Arc::new(Groups::new(table)));
    at_once(names.len(), move |n| {
        let (names, all) = (names.clone(), all.clone());
        async move { all.create(&scope(), &group(&names[n]), 1, None).await.expect("a group") }
    })
    .await;
}

/// Runs `make` for every number below `count`, many at a time: they share commits.
async fn at_once<F: Future<Output = ()> + Send + 'static>(
    count: usize,
    make: impl Fn(usize) -> F + Clone + Send + 'static,
) {
    const TASKS: usize = 256;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let make = make.clone();
            tokio::spawn(async move {
                for n in (task..count).step_by(TASKS) {
                    make(n).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the task ends");
    }
}

fn application(n: usize) -> Application {
    Application {
        v: APPLICATION_VERSION,
        id: application_id(n),
        name: format!("application-{n}"),
        platform: ComputePlatform::Lambda,
        created_at: Timestamp::from_millis(FIRST_MS),
        tags: Vec::new(),
    }
}

fn application_id(n: usize) -> ApplicationId {
    ApplicationId::new(format!("00000000-0000-4000-8000-{n:012}"))
}

fn group(name: &str) -> Group {
    let definition = json!({
        "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
        "serviceRoleArn": "arn:aws:iam::123456789012:role/deployer",
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    });
    Group {
        v: GROUP_VERSION,
        id: GroupId::new(format!("group-{name}")),
        name: name.to_owned(),
        application_id: application_id(0),
        platform: ComputePlatform::Lambda,
        definition: definition.as_object().cloned().unwrap_or_default(),
        active: None,
        last_attempted: None,
        last_fleet: None,
        last_successful: None,
        target_revision: None,
        last_order: None,
        waited_for: false,
    }
}

/// Deployments number `from` to `to`, all over; gives the bytes of one.
///
/// # Panics
/// When the store fails.
pub async fn deployments(table: Arc<dyn Table>, from: u64, to: u64) -> usize {
    let each: usize =
        writes(from).iter().map(|w| if let Write::Put { item, .. } = w { item.body.len() } else { 0 }).sum();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|task| {
            let table = table.clone();
            tokio::spawn(async move {
                let mut batch = Vec::with_capacity(BATCH);
                for n in (from..to).filter(|n| n % AT_ONCE == task) {
                    batch.extend(writes(n));
                    if batch.len() == BATCH {
                        table.transact(std::mem::take(&mut batch)).await.expect("a commit");
                    }
                }
                if !batch.is_empty() {
                    table.transact(batch).await.expect("a commit");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the task ends");
    }
    each
}

/// State and plan of deployment number `n`.
fn writes(n: u64) -> [Write; 2] {
    let group = group(GROUPS[(n % 2) as usize]);
    let mut planned = planned(&group, n, 10, Vec::new(), 5);
    let plan = &mut planned.plan;
    plan.deployment = id(n);
    plan.group.application = APPLICATION.to_owned();
    plan.group.application_id = group.application_id.clone();
    plan.created_at = Timestamp::from_millis(FIRST_MS + n.cast_signed() * 1_000);
    plan.start_at = plan.created_at;
    let stored =
        Stored { version: 20, deployment: over(plan, n), sweep: Sweep::fresh(None, plan.created_at) };
    let state = state::to_item(&scope(), plan, &stored).expect("an item");
    let plan = planned.to_item().expect("an item");
    [state, plan].map(|item| Write::Put { item, expect: Expect::Anything })
}

fn over(plan: &cutover_core::plan::Plan, n: u64) -> Deployment {
    let mut over = Deployment::new(plan);
    let end = plan.created_at.plus_ms(300_000);
    for epoch in 2..12 {
        over.epoch = epoch;
        over.mark(end, if epoch % 2 == 0 { MarkKind::Claimed } else { MarkKind::StepDone }, None);
    }
    let (verdict, code, cause) = match n {
        n if n % RARE == RARE / 2 => (Verdict::Stopped, ErrorCode::ManualStop, Cause::Request),
        n if n % FAILED == 1 => (Verdict::Failed, ErrorCode::AlarmActive, Cause::Alarm),
        _ => (Verdict::Succeeded, ErrorCode::AlarmActive, Cause::Alarm),
    };
    let message = "One or more alarms have been activated.".to_owned();
    let ending = Ending { verdict, code, message, cause, at: end, rollback: None };
    over.ending = (verdict != Verdict::Succeeded).then_some(ending);
    over.phase = Phase::Done { verdict };
    (over.started_at, over.completed_at, over.wake_at) = (Some(plan.created_at), Some(end), None);
    over
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_ids_are_alike() {
        let ids: HashSet<_> = (0..10_000).map(id).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
