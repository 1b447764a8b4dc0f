//! The Lambda function: CloudFormation's requests of `Custom::CutoverLambdaShift`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cutover_aws::aliases::LambdaAliases;
use cutover_aws::cloudformation::CloudFormationStacks;
use cutover_aws::web::Web;
use cutover_driver::shards::Shards;
use cutover_lambda::context::Context;
use cutover_lambda::runtime::run;
use cutover_lambda::settings::{outgoing, settings};
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_service::service::Service;
use serde_json::{Value, json};
use stack_shift::{Letters, Outside, Pace, Provider};

/// Less than the function may run (90 s), and two of them less than CloudFormation waits (ServiceTimeout): Lambda tries
/// again after one minute, and after two more.
const PACE: Pace =
    Pace { work: Duration::from_secs(65), answer: Duration::from_secs(20), rest: Duration::from_secs(2) };
/// How long one try of a letter may take.
const WITHIN: Duration = Duration::from_secs(5);

fn main() -> Result<(), lambda_runtime::Error> {
    let provider = open(&Context::from_env()?);
    run(async |event: Value| {
        provider.handle(&event).await?;
        Ok(json!({}))
    })
}

fn open(context: &Context) -> Provider {
    let driver = Arc::new(context.driver.clone());
    // Nothing that is listed here has more than a page.
    let settings = settings(&context.scope, [0; 32]);
    let service = Service::new(driver, Arc::new(SystemClock), Arc::new(OsEntropy), settings);
    let service = service.with_fleets(Shards::without_key(context.driver.clone())).with_outgoing(outgoing());
    let outside = Outside {
        aliases: Arc::new(LambdaAliases::new(context.sdk.clone())),
        stacks: Arc::new(CloudFormationStacks::new(context.sdk.clone())),
        letters: Arc::new(Post(Web::new())),
    };
    let table = context.driver.deployments().table().clone();
    Provider::new(service, (table, Arc::new(SystemClock)), outside, context.scope.clone(), PACE)
}

struct Post(Web);

#[async_trait]
impl Letters for Post {
    /// Content-Type is empty: it is part of what a presigned address is for.
    async fn put(&self, url: &str, body: &str) -> Result<u16, String> {
        let body = body.as_bytes().to_vec();
        let answer = self.0.call("PUT", url, &[("content-type", "")], body, WITHIN).await;
        answer.map(|answer| answer.status).map_err(|error| error.to_string())
    }
}
