//! Who is to be told of a deployment.

use cutover_core::audience::{Callback, Told, Topic};
use cutover_core::plan::PlanKind;
use cutover_store::codec::StoreError;
use cutover_store::notice::Notice;
use cutover_store::plans::Planned;
use cutover_store::webhook::{self, Webhook};

use crate::Notifier;

/// Somebody who listens.
#[derive(Debug, Clone)]
pub(crate) enum Listener {
    /// A trigger of the group.
    Topic(Topic),
    /// The installation's event bus.
    Bus,
    /// A webhook.
    Webhook(Box<Webhook>),
    /// A stack that waits for the outcome.
    Stack(Callback),
}

impl Listener {
    /// Its name among the listeners of a deployment: notices keep its progress by it.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Topic(topic) => format!("topic:{}", topic.name),
            Self::Bus => "bus".to_owned(),
            Self::Webhook(webhook) => format!("webhook:{}", webhook.id),
            Self::Stack(_) => "stack".to_owned(),
        }
    }

    /// Whether it hears of this.
    pub(crate) fn hears(&self, told: Told, planned: &Planned) -> bool {
        match self {
            Self::Topic(topic) => topic.hears(told),
            Self::Bus => told != Told::DeploymentRollback,
            Self::Webhook(webhook) => webhook.hears(told, &planned.plan.group.application),
            Self::Stack(_) => false,
        }
    }

    /// Whether it is told of that notice. A stack is told once: at the end after which nothing follows.
    pub(crate) fn is_told(&self, notice: &Notice, planned: &Planned) -> bool {
        let end =
            matches!(notice.told, Told::DeploymentSuccess | Told::DeploymentFailure | Told::DeploymentStop);
        match self {
            Self::Stack(_) => end && !notice.followed,
            _ => self.hears(notice.told, planned),
        }
    }
}

/// The deployment that a stack waits for: of a rollback deployment the one that is rolled back.
pub(crate) fn awaited(planned: &Planned) -> &str {
    match &planned.plan.kind {
        PlanKind::Rollback { of } => of.as_str(),
        PlanKind::Forward | PlanKind::FollowUp { .. } => planned.plan.deployment.as_str(),
    }
}

impl Notifier {
    /// Everybody who is to be told of the deployment, as far as they can be reached from here.
    pub(crate) async fn listeners(&self, planned: &Planned) -> Result<Vec<Listener>, StoreError> {
        let (audience, outlets) = (&planned.record.audience, &self.outlets);
        let mut all = Vec::new();
        if outlets.topics.is_some() {
            all.extend(audience.topics.iter().cloned().map(Listener::Topic));
        }
        if audience.bus && outlets.bus.is_some() {
            all.push(Listener::Bus);
        }
        if outlets.web.is_some() {
            all.extend(audience.callback.clone().map(Listener::Stack));
            if audience.webhooks {
                let found = webhook::all(self.driver.notices().table(), &planned.plan.scope).await?;
                let old = found.into_iter().filter(|webhook| webhook.created_at <= planned.plan.created_at);
                all.extend(old.map(|webhook| Listener::Webhook(Box::new(webhook))));
            }
        }
        Ok(all)
    }
}
