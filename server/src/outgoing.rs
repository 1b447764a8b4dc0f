//! How this process tells others of its deployments.

use std::sync::Arc;

use cutover_post::place::Places;
use cutover_post::poster::Poster;
use cutover_seal::master::Master;
use cutover_service::outgoing::Outgoing;
use notify::Outlets;

use crate::options::ServeOptions;
use crate::targets::Adapters;

/// Where listeners are reached: webhooks always, topics and the bus where the targets are AWS's.
pub fn outlets(options: &ServeOptions, adapters: &Adapters, master: &Arc<Master>) -> Outlets {
    if options.event_bus.is_some() && adapters.bus.is_none() {
        tracing::warn!("--event-bus means nothing without --targets aws: no events are put on a bus");
    }
    Outlets {
        topics: adapters.topics.clone(),
        bus: adapters.bus.clone(),
        web: Some(Arc::new(Poster::new(Places::All))),
        sealer: Some(master.clone()),
    }
}

/// The same as the service's use cases know it.
pub fn told(outlets: &Outlets) -> Outgoing {
    Outgoing { bus: outlets.bus.is_some(), webhooks: true, web: outlets.web.clone() }
}
