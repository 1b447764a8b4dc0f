//! The Lambda function: CloudFormation's requests of a macro.

use cutover_lambda::context::variable;
use cutover_lambda::runtime::run;
use serde_json::Value;

fn main() -> Result<(), lambda_runtime::Error> {
    // Written into templates as it is: what a macro returns may import nothing.
    let token = variable("CUTOVER_SHIFT_SERVICE_TOKEN")?;
    run(async |event: Value| Ok(stack_transform::answer(&event, &token)))
}
