//! How a host's keys give way to others while it works, so that no answer that is lost on the way locks it out.
//!
//! ```text
//! RotateHostKey            proven with the keys that count: the new ones count as well from now on
//! RotateHostKey, confirm   proven with the new keys: the old ones end; reports that they signed count for a while
//! ```
//! Either may be asked again and comes to the same.

use cutover_core::ids::Scope;
use cutover_store::codec::StoreError;
use cutover_store::hosts::{FormerKey, Host, HostKeys};
use cutover_wire::api::agent::RotateHostKeyInput;

use crate::error::{Answer, contended, refuse};
use crate::rules::{Valid, given};
use crate::service::{Caller, Service, TRIES};

/// How long reports that the old key signed still count: they may wait in the queue.
const FORMER_MS: u64 = 3_600_000;

impl Service {
    /// RotateHostKey. `access_key` is the new one, where keys are checked; none when it is confirmed.
    ///
    /// # Errors
    /// When the host is not enrolled, somebody else asks, or what is confirmed was never asked for.
    pub async fn rotate_host_key(
        &self,
        caller: &Caller,
        input: &Valid<RotateHostKeyInput>,
        access_key: Option<&str>,
    ) -> Answer<()> {
        let name = given(&input.instance_name);
        if !caller.may_be_host(name) {
            return Err(refuse("AccessDeniedException", "A host changes its own keys alone."));
        }
        let public_key = given(&input.public_key);
        self.change_host(&caller.scope, name, |host| match input.confirm {
            Some(true) => self.confirm(host, public_key),
            _ => {
                let access_key = access_key.map(str::to_owned);
                host.next = Some(HostKeys { public_key: public_key.to_owned(), access_key });
                Ok(true)
            }
        })
        .await
    }

    fn confirm(&self, host: &mut Host, public_key: &str) -> Answer<bool> {
        match host.next.take_if(|next| next.public_key == public_key) {
            Some(next) => {
                let gone = host.public_key.replace(next.public_key);
                let until = self.now().plus_ms(FORMER_MS);
                host.former = gone.map(|public_key| FormerKey { public_key, until });
                host.access_key = next.access_key;
                Ok(true)
            }
            None if host.public_key.as_deref() == Some(public_key) => Ok(false),
            None => {
                let message = "There is no change of keys to confirm, or another one; ask for it again.";
                Err(refuse("InvalidPublicKeyException", message))
            }
        }
    }

    /// Puts an enrolled host as it is after `change`, if that says that there is something to put.
    async fn change_host(
        &self,
        scope: &Scope,
        name: &str,
        change: impl Fn(&mut Host) -> Answer<bool>,
    ) -> Answer<()> {
        for _ in 0..TRIES {
            let found = self.hosts.find(scope, name).await?;
            let Some((mut host, version)) = found.filter(|(host, _)| host.is_enrolled()) else {
                let message = format!("The instance {name} is not enrolled.");
                return Err(refuse("InstanceNotRegisteredException", message));
            };
            if !change(&mut host)? {
                return Ok(());
            }
            match self.hosts.put_all(scope, &[(host, version)]).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }
}
