//! The aliases whose updates went through CodeDeploy.

use serde_json::{Value, json};

use crate::intrinsic::{choice, is_nothing};
use crate::refusal::Refusal;
use crate::template::{Resource, Template};

const POLICY: &str = "CodeDeployLambdaAliasUpdate";

/// An alias, and what its update policy says.
pub(crate) struct Shifted<'a> {
    pub(crate) alias: Resource<'a>,
    pub(crate) application: &'a Value,
    pub(crate) group: &'a Value,
    pub(crate) before: Option<&'a Value>,
    pub(crate) after: Option<&'a Value>,
    /// Where a condition decides whether there is a policy: "true" or "false".
    pub(crate) enabled: Option<Value>,
}

/// The aliases with a policy, in the order of their logical ids.
pub(crate) fn shifted<'a>(template: &Template<'a>) -> Vec<Result<Shifted<'a>, Refusal>> {
    let aliases = template.resources().filter(|resource| resource.kind() == "AWS::Lambda::Alias");
    aliases.filter_map(|alias| read(alias).transpose()).collect()
}

fn read(alias: Resource<'_>) -> Result<Option<Shifted<'_>>, Refusal> {
    let Some(attribute) = alias.whole.get("UpdatePolicy") else { return Ok(None) };
    let refusal = |reason: &str| Refusal::new(alias.id, reason);
    let (attribute, outer) = settled(attribute).ok_or_else(|| refusal(TWO_POLICIES))?;
    let Some(policy) = attribute.get(POLICY) else { return Ok(None) };
    let (policy, inner) = settled(policy).ok_or_else(|| refusal(TWO_POLICIES))?;
    if is_nothing(policy) {
        return Ok(None);
    }
    let member = |name: &str| policy.get(name).filter(|value| !is_nothing(value));
    let needed = |name: &str| member(name).ok_or_else(|| refusal(&format!("{POLICY} has no {name}")));
    if outer.is_some() && inner.is_some() {
        return Err(refusal("two conditions decide over UpdatePolicy; use one"));
    }
    for name in ["FunctionName", "FunctionVersion", "Name"] {
        if alias.property(name).is_none() {
            return Err(refusal(&format!("the alias has no {name}")));
        }
    }
    Ok(Some(Shifted {
        alias,
        application: needed("ApplicationName")?,
        group: needed("DeploymentGroupName")?,
        before: member("BeforeAllowTrafficHook"),
        after: member("AfterAllowTrafficHook"),
        enabled: outer.or(inner),
    }))
}

const TWO_POLICIES: &str = "Fn::If in UpdatePolicy may choose between one policy and AWS::NoValue only; \
                            let it choose within the deployment group instead";

/// What an `Fn::If` with one empty branch is about, and the text that tells at run time which branch holds. None where
/// both branches say something.
fn settled(value: &Value) -> Option<(&Value, Option<Value>)> {
    let Some((condition, then, otherwise)) = choice(value) else { return Some((value, None)) };
    let told = |yes: &str, no: &str| Some(json!({ "Fn::If": [condition, yes, no] }));
    match (is_nothing(then), is_nothing(otherwise)) {
        (false, true) => Some((then, told("true", "false"))),
        (true, _) => Some((otherwise, told("false", "true"))),
        (false, false) => None,
    }
}
