//! What a request to a group of hosts comes to, before anything is stored. Pure.

use cutover_core::config::DeploymentConfig;
use cutover_core::fleet::host_event::HostEvent;
use cutover_core::fleet::minimum::FleetMinimum;
use cutover_core::fleet::rule::Zonal;
use cutover_core::fleet_plan::{FleetPlan, Previous, Selection, TagFilter};
use cutover_core::host_work::{Bundle, HostWork};
use cutover_core::limits::SHARD_HOSTS;
use cutover_core::plan::GroupRef;
use cutover_core::record::Creator;
use cutover_wire::api::config::ZonalConfig;
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::group::{Ec2DeploymentOptions, GroupSettings};
use cutover_wire::api::revision::RevisionLocation;
use cutover_wire::api::tag;
use serde_json::Value;

use crate::group_rules::Definition;
use crate::revisions;
use crate::rules::given;

/// The bucket of bundles that are files of the hosts themselves, or folders if the key ends with a slash. No bucket of
/// S3 can be called so.
pub const LOCAL_BUCKET: &str = "_local";
/// What is done about files that are there already, unless somebody says otherwise.
const DISALLOW: &str = "DISALLOW";

/// What a request to a group of hosts comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetDraft {
    selection: Selection,
    outdated_only: bool,
    suspend: Vec<String>,
    update_launched: bool,
    minimum: FleetMinimum,
    zonal: Option<Zonal>,
    bundle: Bundle,
    revision: String,
    previous: Option<(Bundle, String)>,
    reuse: bool,
    file_exists: String,
    ignore_stop_failures: bool,
}

impl FleetDraft {
    /// Of a request to a group with that definition and target revision. An error says why nothing can be deployed
    /// although the request is in order.
    pub fn of(
        input: &CreateDeploymentInput,
        definition: &Definition,
        config: &DeploymentConfig,
        zonal: Option<&ZonalConfig>,
        target: Option<&Value>,
    ) -> Result<Self, String> {
        let previous = target.and_then(located);
        // RESTART gives none: it runs the last successful one again.
        let asked = input.revision.as_ref().and_then(fetched);
        let (bundle, digest) = asked.or_else(|| previous.clone()).ok_or(
            "There is no revision to deploy: the group has no last successful one that hosts can fetch.",
        )?;
        let minimum = config.minimum_healthy_hosts.as_ref().map(FleetMinimum::try_from);
        Ok(Self {
            selection: selection(definition),
            outdated_only: input.update_outdated_instances_only.unwrap_or(false),
            minimum: minimum
                .transpose()
                .map_err(|error| error.to_string())?
                .unwrap_or(FleetMinimum::MostConcurrency(1)),
            zonal: zonal.map(turns),
            suspend: suspended(input, definition),
            update_launched: updates_launched(definition),
            bundle,
            revision: digest,
            previous,
            reuse: input.revision.is_none(),
            file_exists: input.file_exists_behavior.clone().unwrap_or_else(|| DISALLOW.to_owned()),
            ignore_stop_failures: input.ignore_application_stop_failures.unwrap_or(false),
        })
    }

    /// The part of a plan that is about the fleet; `speed` divides the waits between zones.
    pub(crate) fn plan(self, group: &GroupRef, (speed, accept_ms): (u32, u64)) -> FleetPlan {
        let work = |bundle: Bundle| HostWork {
            application: group.application.clone(),
            group: group.group.clone(),
            group_id: group.group_id.clone(),
            bundle,
            sha256: None,
            appspec: None,
            events: HostEvent::IN_PLACE.map(|event| event.as_str().to_owned()).to_vec(),
            file_exists: self.file_exists.clone(),
            ignore_stop_failures: self.ignore_stop_failures,
            creator: Creator::User.as_str().to_owned(),
            reuse: self.reuse,
            keep: None,
        };
        let sped = |zonal: Zonal| Zonal {
            first_monitor_ms: zonal.first_monitor_ms / u64::from(speed.max(1)),
            monitor_ms: zonal.monitor_ms / u64::from(speed.max(1)),
            ..zonal
        };
        let previous = self
            .previous
            .clone()
            .map(|(bundle, revision)| Box::new(Previous { work: work(bundle), revision }));
        FleetPlan {
            work: work(self.bundle.clone()),
            selection: self.selection,
            outdated_only: self.outdated_only,
            suspend: self.suspend,
            update_launched: self.update_launched,
            minimum: self.minimum,
            zonal: self.zonal.map(sped),
            accept_ms,
            shard_hosts: SHARD_HOSTS,
            revision: self.revision,
            previous,
        }
    }
}

/// A stored revision as something that hosts can fetch, and what tells it from others.
fn located(stored: &Value) -> Option<(Bundle, String)> {
    fetched(&serde_json::from_value(stored.clone()).ok()?)
}

fn fetched(location: &RevisionLocation) -> Option<(Bundle, String)> {
    Some((bundle(location)?, revisions::digest_of(location)))
}

/// What hosts fetch; nothing for a revision that is a text.
fn bundle(revision: &RevisionLocation) -> Option<Bundle> {
    match (given(&revision.revision_type), &revision.s3_location, &revision.git_hub_location) {
        ("S3", Some(s3), _) if given(&s3.bucket) == LOCAL_BUCKET => {
            let path = given(&s3.key).to_owned();
            // A folder has no type of its own in the API.
            let bundle_type = if path.ends_with('/') { "directory" } else { given(&s3.bundle_type) };
            Some(Bundle::Local { bundle_type: bundle_type.to_owned(), path })
        }
        ("S3", Some(s3), _) => Some(Bundle::S3 {
            bucket: given(&s3.bucket).to_owned(),
            key: given(&s3.key).to_owned(),
            bundle_type: given(&s3.bundle_type).to_owned(),
            version: s3.version.clone(),
            etag: s3.e_tag.clone(),
        }),
        ("GitHub", _, Some(git_hub)) => Some(Bundle::GitHub {
            repository: given(&git_hub.repository).to_owned(),
            commit: given(&git_hub.commit_id).to_owned(),
        }),
        _ => None,
    }
}

/// behaviour: tag selection.
fn selection(definition: &Definition) -> Selection {
    // What was stored was read from the same shapes.
    let settings: GroupSettings =
        serde_json::from_value(Value::Object(definition.clone())).unwrap_or_default();
    let sets = |any: Option<Vec<tag::TagFilter>>, all: Option<Vec<Vec<tag::TagFilter>>>| {
        let all = all.unwrap_or_default().into_iter().chain(any);
        let filters = all.map(|any| any.into_iter().map(filter).collect::<Vec<_>>());
        filters.filter(|any| !any.is_empty()).collect::<Vec<_>>()
    };
    Selection {
        on_premises: sets(
            settings.on_premises_instance_tag_filters,
            settings.on_premises_tag_set.and_then(|set| set.on_premises_tag_set_list),
        ),
        ec2: sets(settings.ec2_tag_filters, settings.ec2_tag_set.and_then(|set| set.ec2_tag_set_list)),
        auto_scaling_groups: settings.auto_scaling_groups.unwrap_or_default(),
    }
}

fn is_blue_green(definition: &Definition) -> bool {
    let style = definition.get("deploymentStyle").and_then(|style| style.get("deploymentType"));
    style.and_then(Value::as_str) == Some("BLUE_GREEN")
}

/// behaviour: Auto Scaling: UPDATE unless the group says IGNORE.
fn updates_launched(definition: &Definition) -> bool {
    let strategy = definition.get("outdatedInstancesStrategy").and_then(Value::as_str);
    !is_blue_green(definition) && strategy != Some("IGNORE")
}

/// behaviour: Auto Scaling: the request's own processes to suspend, or else the group's; in place alone.
fn suspended(input: &CreateDeploymentInput, definition: &Definition) -> Vec<String> {
    if is_blue_green(definition) {
        return Vec::new();
    }
    let of_group = || {
        let options = definition.get("ec2DeploymentOptions").cloned().unwrap_or_default();
        serde_json::from_value::<Ec2DeploymentOptions>(options).ok()
    };
    let named = |options: Ec2DeploymentOptions| options.auto_scaling_group_processes_to_suspend;
    let own = input.ec2_deployment_options.clone().and_then(named);
    let mut processes = own.or_else(|| of_group().and_then(named)).unwrap_or_default();
    processes.sort();
    processes.dedup();
    processes
}

fn filter(given: tag::TagFilter) -> TagFilter {
    match given.kind.as_deref() {
        Some("KEY_ONLY") => TagFilter { key: given.key, value: None },
        Some("VALUE_ONLY") => TagFilter { key: None, value: given.value },
        _ => TagFilter { key: given.key, value: given.value },
    }
}

/// behaviour: minimum healthy hosts rule 9.
fn turns(zonal: &ZonalConfig) -> Zonal {
    let ms = |secs: Option<i64>| u64::try_from(secs.unwrap_or(0)).unwrap_or(0).saturating_mul(1_000);
    let minimum = zonal.minimum_healthy_hosts_per_zone.as_ref().and_then(|minimum| {
        let value = u32::try_from(minimum.value.unwrap_or(0)).unwrap_or(u32::MAX);
        match given(&minimum.kind) {
            "FLEET_PERCENT" => Some(FleetMinimum::FleetPercent(value)),
            "HOST_COUNT" => Some(FleetMinimum::HostCount(value)),
            _ => None,
        }
    });
    let monitor = zonal.monitor_duration_in_seconds;
    Zonal {
        minimum,
        first_monitor_ms: ms(zonal.first_zone_monitor_duration_in_seconds.or(monitor)),
        monitor_ms: ms(monitor),
    }
}

#[cfg(test)]
mod tests {
    use cutover_core::config::predefined;
    use cutover_core::fleet_plan::selects;
    use cutover_core::ids::{ApplicationId, GroupId};
    use serde_json::json;

    use super::*;

    fn draft(revision: Value, definition: Value, target: Option<Value>) -> Result<FleetPlan, String> {
        let input = CreateDeploymentInput {
            revision: serde_json::from_value(revision).expect("a revision"),
            ..CreateDeploymentInput::default()
        };
        let config = predefined().into_iter().find(|config| config.name.ends_with("HalfAtATime"));
        let zonal = ZonalConfig {
            first_zone_monitor_duration_in_seconds: None,
            monitor_duration_in_seconds: Some(120),
            minimum_healthy_hosts_per_zone: None,
        };
        let definition = definition.as_object().cloned().expect("an object");
        let config = config.expect("predefined");
        let group = GroupRef {
            application_id: ApplicationId::new("a"),
            application: "shop".into(),
            group_id: GroupId::new("g"),
            group: "web".into(),
        };
        let draft = FleetDraft::of(&input, &definition, &config, Some(&zonal), target.as_ref())?;
        Ok(draft.plan(&group, (60, 1_000)))
    }

    fn s3(bucket: &str, key: &str, kind: &str) -> Value {
        json!({"revisionType": "S3", "s3Location": {"bucket": bucket, "key": key, "bundleType": kind}})
    }

    #[test]
    fn bundles_are_what_hosts_can_fetch() {
        let git_hub =
            json!({"revisionType": "GitHub", "gitHubLocation": {"repository": "o/n", "commitId": "c0"}});
        let local = |path: &str, kind: &str| Bundle::Local { path: path.into(), bundle_type: kind.into() };
        for (revision, target, expected) in [
            (s3("_local", "/srv/b.zip", "zip"), None, Some(local("/srv/b.zip", "zip"))),
            (s3("_local", "/srv/b/", "tar"), None, Some(local("/srv/b/", "directory"))),
            (git_hub, None, Some(Bundle::GitHub { repository: "o/n".into(), commit: "c0".into() })),
            // RESTART gives none.
            (Value::Null, Some(s3("_local", "/srv/b.tgz", "tgz")), Some(local("/srv/b.tgz", "tgz"))),
            (Value::Null, None, None),
            (Value::Null, Some(json!({"revisionType": "String", "string": {"content": "x"}})), None),
        ] {
            let is_restart = revision.is_null();
            let plan = draft(revision, json!({}), target.clone());
            assert_eq!(plan.as_ref().ok().map(|plan| &plan.work.bundle), expected.as_ref(), "{plan:?}");
            assert_eq!(plan.as_ref().is_ok_and(|plan| plan.work.reuse), is_restart && expected.is_some());
            let back = plan.ok().and_then(|plan| plan.previous);
            assert_eq!(back.is_some(), target.is_some() && expected.is_some());
        }
    }

    #[test]
    fn processes_to_suspend_are_the_requests_or_the_groups() {
        let options = |names: &[&str]| json!({"autoScalingGroupProcessesToSuspend": names});
        let group = json!({"ec2DeploymentOptions": options(&["Terminate", "AZRebalance", "Terminate"])});
        let blue_green = json!({"deploymentStyle": {"deploymentType": "BLUE_GREEN"},
                                "ec2DeploymentOptions": options(&["Terminate"])});
        for (own, definition, expected) in [
            (Value::Null, json!({}), vec![]),
            (Value::Null, group.clone(), vec!["AZRebalance", "Terminate"]),
            (json!({}), group.clone(), vec!["AZRebalance", "Terminate"]),
            (options(&["ScheduledActions"]), group.clone(), vec!["ScheduledActions"]),
            (options(&[]), group, vec![]),
            (Value::Null, blue_green, vec![]),
        ] {
            let input: CreateDeploymentInput =
                serde_json::from_value(json!({"ec2DeploymentOptions": own})).expect("a request");
            let definition = definition.as_object().cloned().expect("an object");
            assert_eq!(suspended(&input, &definition), expected, "{own}");
        }
    }

    #[test]
    fn the_plan_has_the_groups_hosts_and_the_configurations_rule() {
        let filters = json!({
            "onPremisesTagSet": {"onPremisesTagSetList": [
                [{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}, {"Key": "any", "Type": "KEY_ONLY"}],
                [{"Value": "prod", "Type": "VALUE_ONLY"}],
            ]},
            "ec2TagFilters": [{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}],
        });
        let plan = draft(s3("b", "k", "zip"), filters, None).expect("a plan");
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        for (tags, taken) in [
            (vec![tag("role", "web"), tag("stage", "prod")], true),
            (vec![tag("any", "x"), tag("stage", "prod")], true),
            (vec![tag("role", "web")], false),
            (vec![tag("stage", "prod")], false),
        ] {
            assert_eq!(selects(&plan.selection.on_premises, &tags), taken, "{tags:?}");
        }
        assert_eq!(plan.selection.ec2.len(), 1);
        assert_eq!((plan.minimum, plan.accept_ms), (FleetMinimum::FleetPercent(50), 1_000));
        // Two minutes at sixty times the speed, after the first zone as well.
        let zonal = plan.zonal.expect("zones");
        assert_eq!((zonal.first_monitor_ms, zonal.monitor_ms, zonal.minimum), (2_000, 2_000, None));
        assert_eq!(plan.work.events.len(), 7);
        assert_eq!((plan.work.file_exists.as_str(), plan.work.creator.as_str()), ("DISALLOW", "user"));
        assert!(!plan.work.reuse, "whoever names a revision wants it as it is now");
    }
}
