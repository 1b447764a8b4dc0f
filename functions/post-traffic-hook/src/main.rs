//! The Lambda function.

use std::sync::Arc;

use cutover_aws::hooks::LambdaHooks;

fn main() -> Result<(), lambda_runtime::Error> {
    cutover_lambda::runtime::run_phase(|context| {
        post_traffic_hook::phase(Arc::new(LambdaHooks::new(context.sdk.clone())))
    })
}
