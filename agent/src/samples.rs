//! Orders for tests.

use cutover_core::ids::{DeploymentId, GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_wire::agent::message::AGENT_VERSION;
use cutover_wire::agent::order::{Bundle, Order, Seat, Work};

/// An order for web-1 with the events ApplicationStop, DownloadBundle and Install.
pub(crate) fn order(id: &str) -> Order {
    Order {
        v: AGENT_VERSION,
        id: id.into(),
        host: "web-1".into(),
        scope: Scope::new("123456789012", "us-east-1"),
        deployment: DeploymentId::new("d-ABCDEFGHI"),
        seat: Seat { shard: 0, index: 3, segment: 0, attempt: 1 },
        generation: 7,
        issued_at: Timestamp::from_millis(1_000),
        accept_by: Timestamp::from_millis(61_000),
        work: Work {
            application: "shop".into(),
            group: "web".into(),
            group_id: GroupId::new("g"),
            bundle: Bundle::Local { path: "/bundle".into(), bundle_type: "directory".into() },
            sha256: None,
            appspec: None,
            events: ["ApplicationStop", "DownloadBundle", "Install"].map(str::to_owned).to_vec(),
            file_exists: "DISALLOW".into(),
            ignore_stop_failures: false,
            creator: "user".into(),
            reuse: false,
            keep: None,
        },
    }
}
