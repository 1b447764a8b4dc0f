//! Orders: what a host is to do, all lifecycle events of one segment at once.

pub use cutover_core::host_work::{Bundle, HostWork as Work};
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One order for one host. Its id follows from deployment, host, segment and attempt, so that an order which is
/// sent twice is the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// [`AGENT_VERSION`](super::message::AGENT_VERSION).
    pub v: u16,
    /// The order's id: 32 hexadecimal digits. JWS calls it `jti`.
    #[serde(rename = "jti")]
    pub id: String,
    /// The only host that may carry it out. JWS calls it `aud`.
    #[serde(rename = "aud")]
    pub host: String,
    /// Where the deployment lives.
    pub scope: Scope,
    /// The deployment.
    pub deployment: DeploymentId,
    /// Where the host stands in it.
    pub seat: Seat,
    /// Grows with every deployment of the group: an agent refuses what is older than its journal.
    pub generation: u64,
    /// When the order was written.
    pub issued_at: Timestamp,
    /// What an agent that asks later than this is told: withdrawn. The service's clock decides, not the host's.
    pub accept_by: Timestamp,
    /// What there is to do.
    pub work: Work,
}

/// A host's place in a deployment, and which try at it this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seat {
    /// The shard.
    pub shard: u16,
    /// The host's index in the shard's roster.
    pub index: u16,
    /// 0 unless BlockTraffic and AllowTraffic cut the lifecycle into segments.
    pub segment: u8,
    /// From 1.
    pub attempt: u16,
}

#[cfg(test)]
mod tests {
    use cutover_core::ids::GroupId;

    use super::super::message::{AGENT_VERSION, from_bytes, to_bytes};
    use super::*;

    const GOLDEN: &str = r#"{"v":1,"jti":"00ff","aud":"web-1","scope":{"account":"123456789012","region":"us-east-1"},"deployment":"d-ABCDEFGHI","seat":{"shard":0,"index":3,"segment":0,"attempt":1},"generation":7,"issued_at":1000,"accept_by":61000,"work":{"application":"shop","group":"web","group_id":"g","bundle":{"from":"s3","bucket":"b","key":"k.zip","bundle_type":"zip","etag":"e"},"events":["ApplicationStop","DownloadBundle"],"file_exists":"DISALLOW","ignore_stop_failures":false,"creator":"user"}}"#;

    #[test]
    fn an_order_is_golden() {
        let order = Order {
            v: AGENT_VERSION,
            id: "00ff".into(),
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
                bundle: Bundle::S3 {
                    bucket: "b".into(),
                    key: "k.zip".into(),
                    bundle_type: "zip".into(),
                    version: None,
                    etag: Some("e".into()),
                },
                sha256: None,
                appspec: None,
                events: vec!["ApplicationStop".into(), "DownloadBundle".into()],
                file_exists: "DISALLOW".into(),
                ignore_stop_failures: false,
                creator: "user".into(),
                reuse: false,
                keep: None,
            },
        };
        assert_eq!(String::from_utf8(to_bytes(&order)).expect("text"), GOLDEN);
        assert_eq!(from_bytes::<Order>(GOLDEN.as_bytes()).expect("an order"), order);
        let newer = GOLDEN.replacen("\"v\":1", "\"v\":2", 1);
        let told = from_bytes::<Order>(newer.as_bytes()).expect_err("a refusal").to_string();
        assert_eq!(told, "read a signed message of version 2; this is version 1");
    }
}
