//! The Lambda function.

use std::sync::Arc;

use cutover_aws::aliases::LambdaAliases;

fn main() -> Result<(), lambda_runtime::Error> {
    cutover_lambda::runtime::run_phase(|context| {
        canary_shift::phase(Arc::new(LambdaAliases::new(context.sdk.clone())))
    })
}
