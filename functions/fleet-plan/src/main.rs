//! The Lambda function.

use std::sync::Arc;

use cutover_aws::auto_scaling::AutoScaling;
use cutover_aws::ec2::Ec2Instances;
use cutover_driver::registered::Registered;
use cutover_driver::shards::Shards;
use cutover_driver::united::United;
use cutover_store::hosts::Hosts;

fn main() -> Result<(), lambda_runtime::Error> {
    cutover_lambda::runtime::run_phase(|context| {
        let sdk = &context.sdk;
        let scaling = Arc::new(AutoScaling::new(sdk.clone()));
        let inventory = United(vec![
            Arc::new(Registered(Hosts::new(context.driver.deployments().table().clone()))),
            Arc::new(Ec2Instances::new(sdk.clone())),
            scaling.clone(),
        ]);
        fleet_plan::phase(Shards::without_key(context.driver.clone()), Arc::new(inventory), Some(scaling))
    })
}
