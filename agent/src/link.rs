//! What the agent reaches the service with: the queues, the service itself, and the key that it signs with. All of it
//! follows from the identity, and changes when that does.

use std::sync::Arc;

use cutover_aws::host_channel::HostChannel;
use cutover_signing::keys::Signer;

use crate::access;
use crate::identity::Identity;
use crate::on_premises::OnPremises;
use crate::service::{Service, ServiceError};

/// The means.
#[derive(Debug, Clone)]
pub struct Link {
    /// The queues.
    pub channel: HostChannel,
    /// The service.
    pub service: Arc<Service>,
    /// The host's key.
    pub signer: Signer,
}

impl Link {
    /// What this identity stands for.
    ///
    /// # Errors
    /// When the service's address is none, or the key.
    pub fn of(identity: &Identity, on_premises: Option<&OnPremises>) -> Result<Self, LinkError> {
        Ok(Self {
            channel: channel(identity, on_premises)?,
            service: Arc::new(access::service(identity)?),
            signer: identity.signer().ok_or(LinkError::Key)?,
        })
    }
}

/// The queues of the host.
///
/// # Errors
/// When the service's address is none.
pub fn channel(identity: &Identity, on_premises: Option<&OnPremises>) -> Result<HostChannel, ServiceError> {
    let sdk = access::of_queues(identity, on_premises)?;
    Ok(HostChannel::new(sdk, &identity.queue_url, &identity.report_queue_url))
}

/// Why an identity leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The service cannot even be asked.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Nothing to sign with.
    #[error("the signing key is none")]
    Key,
}
