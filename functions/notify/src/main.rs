//! The Lambda function.

use std::sync::Arc;

use cutover_aws::event_bus::NamedBus;
use cutover_aws::topics::SnsTopics;
use cutover_ports::outgoing::EventBus;
use cutover_post::place::Places;
use cutover_post::poster::Poster;
use notify::Outlets;

fn main() -> Result<(), lambda_runtime::Error> {
    cutover_lambda::runtime::run_phase(|context| {
        let sdk = &context.sdk;
        let outlets = Outlets {
            topics: Some(Arc::new(SnsTopics::new(sdk.clone()))),
            bus: NamedBus::from_env(sdk.clone()).map(|bus| Arc::new(bus) as Arc<dyn EventBus>),
            web: Some(Arc::new(Poster::new(Places::from_env()))),
            sealer: cutover_lambda::sealer::sealer(sdk),
        };
        notify::phase(context.driver.clone(), outlets)
    })
}
