//! What is read of a deployment, and how often.

use std::time::Duration;

use cutover_core::mark::Mark;
use cutover_core::time::Timestamp;
use cutover_core::timeline::Timeline;

use crate::api::{Api, Explained};
use crate::failure::Failure;
use crate::view::fleet::Hosts;
use crate::view::snapshot::Snapshot;

/// The platform whose targets are hosts.
const SERVER: &str = "Server";
/// Hosts of a kind that are shown.
const SHOWN: usize = 10;

/// The deployment as it stands, and its timeline if the service tells it.
pub(crate) async fn snapshot(api: &Api, id: &str) -> Result<(Snapshot, Option<Timeline>), Failure> {
    let info = api.deployment(id).await?;
    let on_hosts = info.compute_platform == SERVER;
    let target = if on_hosts { None } else { api.target(id).await? };
    let hosts = match &info.deployment_overview {
        Some(overview) if on_hosts => Some(Hosts {
            at_work: if overview.in_progress > 0 {
                api.hosts_of(id, &["InProgress"], SHOWN).await?
            } else {
                Vec::new()
            },
            failed: if overview.failed > 0 {
                api.hosts_of(id, &["Failed"], SHOWN).await?
            } else {
                Vec::new()
            },
        }),
        _ => None,
    };
    let Explained { explanation, timeline } = api.explain(id).await?;
    let rollback_id = info.rollback_info.as_ref().and_then(|r| r.rollback_deployment_id.clone());
    let rollback = match rollback_id.filter(|rollback| rollback != id) {
        Some(rollback) => Some(api.deployment(&rollback).await?),
        None => None,
    };
    Ok((Snapshot { info, target, hosts, explanation: Some(explanation), rollback }, timeline))
}

/// The deployment and its log; the log last, so that it is never older.
pub(super) async fn both(api: &Api, id: &str) -> Result<(Snapshot, Vec<Mark>), Failure> {
    let (snapshot, _) = snapshot(api, id).await?;
    Ok((snapshot, api.marks(id).await?))
}

/// The timeline of a deployment, if the service tells it.
pub(crate) async fn timeline_of(api: &Api, id: &str) -> Option<Timeline> {
    api.explain(id).await.ok()?.timeline
}

/// How long to wait before reading again: seldom while nothing is due.
pub(super) fn pause(snapshot: &Snapshot, now: Timestamp) -> Duration {
    let due = snapshot.explanation.as_ref().and_then(|e| e.next_at);
    let left = due.map_or(0.0, |due| due - now.as_secs_f64());
    Duration::from_millis(match left {
        ..10.0 => 200,
        10.0..60.0 => 1_000,
        _ => 3_000,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::explanation::tests::baking;

    #[test]
    fn a_long_wait_is_asked_about_seldom() {
        for (now, millis) in [(240_000, 200), (200_000, 1_000), (0, 3_000), (900_000, 200)] {
            let snapshot = Snapshot { explanation: Some(baking()), ..Snapshot::default() };
            assert_eq!(pause(&snapshot, Timestamp::from_millis(now)), Duration::from_millis(millis), "{now}");
        }
    }
}
