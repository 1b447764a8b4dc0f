//! How this process tells others of its deployments.

use std::sync::Arc;

use cutover_access::seal::Master;
use cutover_post::place::Places;
use cutover_post::poster::Poster;
use cutover_service::outgoing::Outgoing;
use notify::Outlets;

use crate::options::ServeOptions;
use crate::targets::Adapters;

/// Where listeners are reached: webhooks always, topics and the bus where the targets are AWS's.
pub fn outlets(options: &ServeOptions, adapters: &Adapters, master: &Arc<Master>) -> Outlets {
    let master = master.clone();
    if options.event_bus.is_some() && adapters.bus.is_none() {
        tracing::warn!("--event-bus means nothing without --targets aws: no events are put on a bus");
    }
    Outlets {
        topics: adapters.topics.clone(),
        bus: adapters.bus.clone(),
        web: Some(Arc::new(Poster::new(Places::All))),
        open: Some(Arc::new(move |place, sealed| master.open_sealed(place, sealed))),
    }
}

/// The same as the service's use cases know it.
pub fn told(outlets: &Outlets) -> Outgoing {
    Outgoing { bus: outlets.bus.is_some(), webhooks: true, web: outlets.web.clone() }
}
