//! Several inventories as one (behaviour: on-premises tags, EC2 tags and Auto Scaling groups are united).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::fleet_plan::Selection;
use cutover_core::ids::Scope;
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use futures_util::future::try_join_all;

/// All that any of them finds; a host that several find counts once, with a zone if one of them knows it.
pub struct United(pub Vec<Arc<dyn Inventory>>);

#[async_trait]
impl Inventory for United {
    async fn select(&self, scope: &Scope, selection: &Selection) -> Result<Vec<FoundHost>, CallError> {
        let all = try_join_all(self.0.iter().map(|one| one.select(scope, selection))).await?;
        let mut found: BTreeMap<String, FoundHost> = BTreeMap::new();
        for host in all.into_iter().flatten() {
            let known = found.entry(host.name.clone()).or_insert_with(|| host.clone());
            known.zone = known.zone.take().or(host.zone);
            known.poll_gap_ms = known.poll_gap_ms.max(host.poll_gap_ms);
        }
        Ok(found.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Result<Vec<FoundHost>, CallError>);

    #[async_trait]
    impl Inventory for Fixed {
        async fn select(&self, _: &Scope, _: &Selection) -> Result<Vec<FoundHost>, CallError> {
            self.0.clone()
        }
    }

    fn host(name: &str, zone: Option<&str>, poll_gap_ms: u64) -> FoundHost {
        FoundHost { name: name.into(), zone: zone.map(str::to_owned), poll_gap_ms }
    }

    async fn select(all: Vec<Result<Vec<FoundHost>, CallError>>) -> Result<Vec<FoundHost>, CallError> {
        let all = all.into_iter().map(|one| Arc::new(Fixed(one)) as Arc<dyn Inventory>);
        United(all.collect()).select(&Scope::new("123456789012", "eu-west-1"), &Selection::default()).await
    }

    #[tokio::test]
    async fn a_host_that_two_find_counts_once() {
        let registered = Ok(vec![host("web-1", None, 0), host("i-1", None, 5)]);
        let tagged = Ok(vec![host("i-1", Some("eu-west-1a"), 0), host("i-2", Some("eu-west-1b"), 0)]);
        let expected = vec![
            host("i-1", Some("eu-west-1a"), 5),
            host("i-2", Some("eu-west-1b"), 0),
            host("web-1", None, 0),
        ];
        assert_eq!(select(vec![registered, tagged]).await, Ok(expected));
    }

    #[tokio::test]
    async fn nobody_is_left_out_because_one_could_not_be_asked() {
        let failed = Err(CallError::Transient { message: "throttled".into() });
        assert_eq!(select(vec![Ok(vec![host("a", None, 0)]), failed.clone()]).await, failed);
    }
}
