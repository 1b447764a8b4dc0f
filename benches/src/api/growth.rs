//! What lists cost while the store grows.

use std::time::Duration;

use serde_json::{Value, json};

use super::connection::Connection;
use super::load::{self, Requests};
use super::process::Process;
use super::{fill, request};

/// What is asked for.
pub const KINDS: [&str; 5] =
    ["first page", "page in the middle", "of a group", "of a common status", "of a rare status"];

/// The median time of each kind of request, one at a time, in a store of that many deployments.
///
/// # Panics
/// When the service does not answer.
pub async fn times(cutover: &Process, deployments: u64, span: Duration) -> Vec<Duration> {
    let group = json!({"applicationName": fill::APPLICATION, "deploymentGroupName": fill::GROUPS[0]});
    let middle = middle(cutover, deployments).await;
    let inputs = [
        json!({}),
        json!({ "nextToken": middle }),
        group,
        json!({"includeOnlyStatuses": ["Succeeded"]}),
        json!({"includeOnlyStatuses": ["Stopped"]}),
    ];
    let mut times = Vec::new();
    for input in &inputs {
        let requests = Requests::cycle(vec![request::call("ListDeployments", input)]);
        times.push(load::run(cutover.address, 1, span, &requests).await.percentile(50));
    }
    times
}

/// The token of the page in the middle of the list of all.
async fn middle(cutover: &Process, deployments: u64) -> String {
    let mut connection = Connection::open(cutover.address).await.expect("a connection");
    let (mut input, mut seen) = (json!({}), 0);
    loop {
        let answer = connection.call(&request::call("ListDeployments", &input)).await.expect("an answer");
        let page: Value = serde_json::from_slice(answer.body).expect("JSON");
        seen += page["deployments"].as_array().map_or(0, Vec::len) as u64;
        let token = page["nextToken"].as_str().expect("a token: there is more").to_owned();
        if seen >= deployments / 2 {
            return token;
        }
        input = json!({ "nextToken": token });
    }
}
