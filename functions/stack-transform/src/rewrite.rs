//! The rewriting itself.

use serde_json::{Map, Value, json};

use crate::alias::{Shifted, shifted};
use crate::ending::Ending;
use crate::group::Group;
use crate::refusal::Refusal;
use crate::template::Template;
use crate::version::stamp;

/// How long CloudFormation waits for the shift's own answer, in seconds. It does not wait for the deployment.
const SERVICE_TIMEOUT_SECS: &str = "300";

/// The longest logical id.
const ID_LENGTH: usize = 255;

/// The logical ids that one alias adds.
struct Ids {
    shift: String,
    handle: String,
    wait: String,
}

impl Ids {
    fn of(template: &Template<'_>, shifted: &Shifted<'_>) -> Result<Self, Refusal> {
        let alias = shifted.alias.id;
        let stamp = stamp(template, &shifted.alias.whole["Properties"]["FunctionVersion"]);
        let ids = Self {
            shift: format!("{alias}Shift"),
            handle: format!("{alias}ShiftHandle{stamp}"),
            wait: format!("{alias}ShiftWait{stamp}"),
        };
        if ids.handle.len() > ID_LENGTH {
            let reason =
                format!("its logical id is too long: {} is added for it, of 255 letters at most", ids.handle);
            return Err(Refusal::new(alias, reason));
        }
        for id in [&ids.shift, &ids.handle, &ids.wait] {
            if template.resource(id).is_some() {
                return Err(Refusal::new(
                    alias,
                    format!("the template has a resource {id} already, which is added for it"),
                ));
            }
        }
        Ok(ids)
    }
}

/// The template as Cutover wants it, or everything that is against it.
pub(crate) fn rewrite(template: &Template<'_>, service_token: &str) -> Result<Value, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let (mut aliases, mut groups, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for shifted in shifted(template) {
        let read = shifted.and_then(|shifted| {
            let group = Group::read(template, &shifted)?;
            Ok((Ids::of(template, &shifted)?, group, shifted))
        });
        match read {
            Ok((id, group, shifted)) => {
                ids.push(id);
                groups.push(group);
                aliases.push(shifted);
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    if aliases.is_empty() {
        return Ok(Value::Object(template.whole.clone()));
    }
    let ending = Ending::of(template, &groups);
    let mut resources: Map<String, Value> = template
        .all()
        .iter()
        .filter(|(id, _)| !ending.has(id))
        .map(|(id, one)| (id.clone(), one.clone()))
        .collect();
    for (at, ((shifted, group), id)) in aliases.iter().zip(&groups).zip(&ids).enumerate() {
        // One group carries one deployment at a time.
        let before = (0..at).rev().find(|other| {
            let other = &aliases[*other];
            (other.application, other.group) == (shifted.application, shifted.group)
        });
        let before = before.map(|other| ids[other].wait.as_str());
        let role_stays = group.role.is_none_or(|role| !ending.has(role.id));
        let shift = shift(shifted, group.definition(role_stays), id, before, service_token);
        add(&mut resources, shifted, id, shift, group.wait_secs);
    }
    swept(template, &ending, resources)
}

fn shift(
    shifted: &Shifted<'_>,
    definition: Option<Value>,
    id: &Ids,
    before: Option<&str>,
    service_token: &str,
) -> Value {
    let alias = shifted.alias;
    let mut properties = json!({
        "ServiceToken": service_token,
        "ServiceTimeout": SERVICE_TIMEOUT_SECS,
        "CallbackUrl": { "Ref": id.handle },
        "FunctionName": alias.property("FunctionName"),
        "AliasName": alias.property("Name"),
        "TargetVersion": alias.property("FunctionVersion"),
        "ApplicationName": shifted.application,
        "DeploymentGroupName": shifted.group,
    });
    for (name, value) in [
        ("DeploymentGroup", definition),
        ("BeforeAllowTrafficHook", shifted.before.cloned()),
        ("AfterAllowTrafficHook", shifted.after.cloned()),
        ("Enabled", shifted.enabled.clone()),
    ] {
        if let Some(value) = value {
            properties[name] = value;
        }
    }
    // What had to stand before the alias was updated has to stand before traffic moves.
    let depends_on: Vec<_> = alias.depends_on().into_iter().chain(before).collect();
    let mut shift = json!({ "Type": "Custom::CutoverLambdaShift", "Properties": properties });
    if !depends_on.is_empty() {
        shift["DependsOn"] = json!(depends_on);
    }
    shift
}

/// Adds what one alias needs, all under its condition, and has the alias wait.
fn add(resources: &mut Map<String, Value>, shifted: &Shifted<'_>, id: &Ids, shift: Value, wait_secs: u64) {
    let alias = shifted.alias;
    let handle = json!({ "Type": "AWS::CloudFormation::WaitConditionHandle" });
    let wait = json!({
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": id.shift,
        "Properties": { "Handle": { "Ref": id.handle }, "Count": 1, "Timeout": wait_secs.to_string() },
    });
    for (id, mut resource) in [(&id.handle, handle), (&id.shift, shift), (&id.wait, wait)] {
        if let Some(condition) = alias.whole.get("Condition") {
            resource["Condition"] = condition.clone();
        }
        resources.insert(id.clone(), resource);
    }
    let mut whole = alias.whole.clone();
    // The only policy that an alias can have.
    whole.remove("UpdatePolicy");
    let depends_on: Vec<_> = alias.depends_on().into_iter().chain([id.wait.as_str()]).collect();
    whole.insert("DependsOn".to_owned(), json!(depends_on));
    resources.insert(alias.id.to_owned(), Value::Object(whole));
}

/// The template with these resources, in which nothing refers to what is gone.
fn swept(
    template: &Template<'_>,
    ending: &Ending,
    resources: Map<String, Value>,
) -> Result<Value, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut keep =
        |swept: Result<Value, Refusal>| swept.map_err(|refusal| refusals.push(refusal)).unwrap_or_default();
    let resources: Map<_, _> = resources
        .into_iter()
        .map(|(id, one)| (id.clone(), keep(ending.without_in_resource(&id, &one))))
        .collect();
    let mut whole = Map::new();
    for (section, value) in template.whole {
        let value = if section == "Resources" { Value::Null } else { keep(ending.without(section, value)) };
        whole.insert(section.clone(), value);
    }
    whole.insert("Resources".to_owned(), Value::Object(resources));
    if refusals.is_empty() { Ok(Value::Object(whole)) } else { Err(refusals) }
}
