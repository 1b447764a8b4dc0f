//! Real calls through the alias, again and again.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use serde_json::json;

use crate::api::Api;
use crate::demo::stage::{ALIAS, FUNCTION};
use crate::progress::Screen;

/// Calls of one round.
const ROUND: u32 = 20;
/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(150);

/// How many calls each version answered, and how many of these failed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Traffic {
    by_version: BTreeMap<String, (u32, u32)>,
}

impl Traffic {
    /// Calls until it is dropped. While the service is away nothing can be called.
    pub(crate) async fn flow(&mut self, api: &Api, screen: &Screen) -> Infallible {
        loop {
            if let Ok(results) = api.invoke(FUNCTION, Some(ALIAS), &json!({"cart": 7}), ROUND).await {
                for result in results {
                    let count = self.by_version.entry(result.version).or_default();
                    count.0 += 1;
                    count.1 += u32::from(result.error.is_some());
                }
                screen.note(Some(self.words()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Calls that a version answered, and how many of them failed.
    pub(crate) fn of(&self, version: &str) -> (u32, u32) {
        self.by_version.get(version).copied().unwrap_or_default()
    }

    /// In words.
    pub(crate) fn words(&self) -> String {
        let counts: Vec<String> = self
            .by_version
            .iter()
            .map(|(version, (calls, failed))| {
                let failed = if *failed > 0 { format!(" ({failed} failed)") } else { String::new() };
                format!("v{version} {calls}{failed}")
            })
            .collect();
        format!("real calls of {FUNCTION}:{ALIAS}, answered by {}", counts.join(", "))
    }
}
