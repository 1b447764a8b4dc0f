//! A deployment group as GetDeploymentGroup shows it.

use cutover_core::ids::Scope;
use cutover_core::view;
use cutover_store::group::{Group, LastDeployment};
use serde_json::{Map, Value, json};

use crate::error::Answer;
use crate::revision;
use crate::service::Service;

/// Lists that are always there, if only empty (behaviour: what clients rely on).
const LISTS: [&str; 4] =
    ["ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups", "triggerConfigurations"];

impl Service {
    pub(crate) async fn group_info(
        &self,
        scope: &Scope,
        application: &str,
        group: &Group,
    ) -> Answer<Map<String, Value>> {
        let mut info = group.definition.clone();
        info.remove("tags");
        for list in LISTS {
            info.entry(list).or_insert_with(|| json!([]));
        }
        if group.platform == cutover_core::config::ComputePlatform::ECS {
            info.entry("ecsServices").or_insert_with(|| json!([]));
        }
        if let Some(Value::Array(names)) = info.get_mut("autoScalingGroups") {
            for name in names {
                *name = json!({ "name": name.take() });
            }
        }
        info.entry("terminationHookEnabled").or_insert(Value::Bool(false));
        let mut set = |member: &str, value: Value| info.insert(member.to_owned(), value);
        set("applicationName", application.into());
        set("deploymentGroupId", group.id.as_str().into());
        set("deploymentGroupName", group.name.as_str().into());
        set("computePlatform", group.platform.as_str().into());
        if let Some(revision) = &group.target_revision {
            set("targetRevision", revision::shown(revision));
        }
        if let Some(last) = &group.last_successful {
            set("lastSuccessfulDeployment", last_info(last, "Succeeded"));
        }
        if let Some(last) = &group.last_attempted {
            let stored = self.deployments().load(scope, &last.id).await?;
            let status = stored.map_or("Created", |stored| view::status(&stored.deployment));
            set("lastAttemptedDeployment", last_info(last, status));
        }
        Ok(info)
    }
}

fn last_info(last: &LastDeployment, status: &str) -> Value {
    json!({
        "deploymentId": last.id,
        "status": status,
        "createTime": last.created_at.as_secs_f64(),
        "endTime": last.ended_at.map(|at| at.as_secs_f64()),
    })
}
