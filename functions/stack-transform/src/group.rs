//! The deployment group that an alias's policy names: what the shift is told of it, and which resources it stood in.

use serde_json::{Map, Value, json};

use crate::alias::Shifted;
use crate::duration::{CONFIG, LONGEST_WAIT_SECS, wait_secs};
use crate::intrinsic::{Mention, got, mentions, referred};
use crate::refusal::Refusal;
use crate::template::{Resource, Template};

const APPLICATION: &str = "AWS::CodeDeploy::Application";
pub(crate) const GROUP: &str = "AWS::CodeDeploy::DeploymentGroup";

/// What of a group reaches Cutover. Of the rest some is always the same for Lambda (the style), and some is not for it.
const TOLD: [&str; 5] = [
    "AlarmConfiguration",
    "AutoRollbackConfiguration",
    "DeploymentConfigName",
    "ServiceRoleArn",
    "TriggerConfigurations",
];

/// A group, as far as it stands in the template.
pub(crate) struct Group<'a> {
    pub(crate) group: Option<Resource<'a>>,
    pub(crate) application: Option<Resource<'a>>,
    pub(crate) configs: Vec<Resource<'a>>,
    /// The role that CodeDeploy would have assumed.
    pub(crate) role: Option<Resource<'a>>,
    pub(crate) wait_secs: u64,
}

impl<'a> Group<'a> {
    /// The group of a policy.
    pub(crate) fn read(template: &Template<'a>, shifted: &Shifted<'a>) -> Result<Self, Refusal> {
        let application = named(template, shifted, "ApplicationName", shifted.application, APPLICATION)?;
        let group = named(template, shifted, "DeploymentGroupName", shifted.group, GROUP)?;
        let Some(found) = group else {
            // It stands elsewhere, and so does how long its deployments take.
            let (configs, role, wait_secs) = (Vec::new(), None, LONGEST_WAIT_SECS);
            return Ok(Self { group, application, configs, role, wait_secs });
        };
        let config = found.property("DeploymentConfigName");
        let role = found.property("ServiceRoleArn").and_then(got).and_then(|id| template.resource(id));
        Ok(Self {
            group,
            application,
            configs: config.map_or_else(Vec::new, |config| configs(template, config)),
            role: role.filter(|role| role.kind() == "AWS::IAM::Role"),
            wait_secs: wait_secs(template, shifted.alias.id, config)?,
        })
    }

    /// The group's definition for the shift, still with references to what will be gone.
    pub(crate) fn definition(&self, role_stays: bool) -> Option<Value> {
        let group = self.group?;
        let told = TOLD.iter().filter(|name| role_stays || **name != "ServiceRoleArn");
        let mut definition: Map<String, Value> =
            told.filter_map(|name| Some(((*name).to_owned(), group.property(name)?.clone()))).collect();
        if !self.configs.is_empty() {
            let configs = self.configs.iter().map(|config| {
                json!({ "DeploymentConfigName": name_of(*config), "TrafficRoutingConfig": config.property("TrafficRoutingConfig") })
            });
            definition.insert("DeploymentConfigs".to_owned(), configs.collect());
        }
        Some(Value::Object(definition))
    }
}

/// The name of a resource of CodeDeploy: its own, or the one that the shift registers it by.
pub(crate) fn name_of(resource: Resource<'_>) -> Value {
    let own = match resource.kind() {
        APPLICATION => "ApplicationName",
        GROUP => "DeploymentGroupName",
        _ => "DeploymentConfigName",
    };
    let made = || json!({ "Fn::Sub": format!("${{AWS::StackName}}-{}", resource.id) });
    resource.property(own).cloned().unwrap_or_else(made)
}

/// What a name of the policy leads to in this template; None if it is the name of something elsewhere.
fn named<'a>(
    template: &Template<'a>,
    shifted: &Shifted<'a>,
    member: &str,
    value: &'a Value,
    kind: &str,
) -> Result<Option<Resource<'a>>, Refusal> {
    let refusal = |reason: String| Refusal::new(shifted.alias.id, reason);
    if let Some(resource) = referred(value).and_then(|id| template.resource(id)) {
        let fits = resource.kind() == kind;
        let reason =
            || format!("{member} refers to {}, which is an {}, not an {kind}", resource.id, resource.kind());
        return if fits { Ok(Some(resource)) } else { Err(refusal(reason())) };
    }
    let mut inner = None;
    mentions(value, &mut |mention| {
        if let Mention::Name(id) | Mention::Attribute(id) = mention {
            inner = inner.or(template.resource(id).map(|resource| resource.id));
        }
    });
    match inner {
        Some(id) => {
            Err(refusal(format!("{member} must be a name or a Ref to an {kind}; {id} stands within more")))
        }
        None => Ok(None),
    }
}

/// The configurations of this template that a DeploymentConfigName can be.
fn configs<'a>(template: &Template<'a>, name: &'a Value) -> Vec<Resource<'a>> {
    let mut found: Vec<Resource<'a>> = Vec::new();
    let mut note = |resource: Resource<'a>| {
        if resource.kind() == CONFIG && found.iter().all(|known| known.id != resource.id) {
            found.push(resource);
        }
    };
    mentions(name, &mut |mention| {
        if let Mention::Name(id) = mention {
            template.resource(id).into_iter().for_each(&mut note);
        }
    });
    template
        .resources()
        .filter(|config| config.property("DeploymentConfigName") == Some(name))
        .for_each(note);
    found
}
