//! The service's settings, from the environment that the template gives to functions with its use cases.

use cutover_core::ids::Scope;
use cutover_core::limits::{ACCEPT_MS, HOOK_TIMEOUT_MS};
use cutover_service::outgoing::Outgoing;
use cutover_service::quotas::Quotas;
use cutover_service::service::Settings;

/// The settings in this account and region, for a function that neither seals nor opens secrets.
pub fn settings(scope: &Scope, token_key: [u8; 32]) -> Settings {
    let region = scope.region.clone();
    let (hook_timeout_ms, quotas) = (hook_timeout_ms(), quotas());
    Settings { speed: 1, hook_timeout_ms, accept_ms: ACCEPT_MS, region, quotas, token_key, sealer: None }
}

/// Who is told of deployments besides the topics of their groups.
pub fn outgoing() -> Outgoing {
    let bus = std::env::var("CUTOVER_EVENT_BUS").is_ok_and(|bus| !bus.is_empty());
    Outgoing { bus, webhooks: true, web: None }
}

/// The original's, unless the environment raises them.
fn quotas() -> Quotas {
    let told = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let original = Quotas::default();
    Quotas {
        applications: told("CUTOVER_QUOTA_APPLICATIONS").unwrap_or(original.applications),
        groups: told("CUTOVER_QUOTA_GROUPS").unwrap_or(original.groups),
        configs: told("CUTOVER_QUOTA_CONFIGS").unwrap_or(original.configs),
        deployments: told("CUTOVER_QUOTA_DEPLOYMENTS").unwrap_or(original.deployments),
    }
}

fn hook_timeout_ms() -> u64 {
    let secs = std::env::var("CUTOVER_HOOK_TIMEOUT_SECS").ok().and_then(|text| text.parse::<u64>().ok());
    secs.map_or(HOOK_TIMEOUT_MS, |secs| secs.saturating_mul(1000))
}
