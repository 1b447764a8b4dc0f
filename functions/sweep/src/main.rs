//! The Lambda function, called by a schedule.

use cutover_lambda::context::Context;
use cutover_lambda::metrics::count_line;
use cutover_lambda::runtime::run;
use cutover_ports::clock::Clock;
use cutover_ports::system::SystemClock;
use serde_json::{Value, json};

fn main() -> Result<(), lambda_runtime::Error> {
    let context = Context::from_env()?;
    run(async |_: Value| {
        let report = sweep::sweep(&context.driver, false).await?;
        println!(
            "{}",
            count_line("QuarantinedDeployments", report.quarantined.len(), SystemClock.now().as_millis())
        );
        Ok(json!({ "seen": report.seen, "sent": report.sent, "quarantined": report.quarantined.len() }))
    })
}
