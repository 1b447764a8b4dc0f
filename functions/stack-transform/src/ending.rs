//! What leaves the template, and what becomes of those who refer to it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::group::{GROUP, Group, name_of};
use crate::intrinsic::{Mention, got, mentions, placeholders, referred, substitution};
use crate::refusal::Refusal;
use crate::template::{Resource, Template};

/// The resources that Cutover replaces, each with what a `Ref` to it is now.
pub(crate) struct Ending {
    gone: BTreeMap<String, Value>,
}

impl Ending {
    /// Of these groups: they, their applications and configurations unless another group has them as well, and the roles
    /// that nobody else mentions.
    pub(crate) fn of(template: &Template<'_>, groups: &[Group<'_>]) -> Self {
        let mut gone = BTreeMap::new();
        let leave = |resource: Resource<'_>, gone: &mut BTreeMap<String, Value>| {
            gone.insert(resource.id.to_owned(), name_of(resource));
        };
        groups.iter().filter_map(|group| group.group).for_each(|group| leave(group, &mut gone));
        let staying: Vec<_> =
            template.resources().filter(|one| one.kind() == GROUP && !gone.contains_key(one.id)).collect();
        for group in groups {
            for resource in group.application.iter().chain(&group.configs) {
                if !staying.iter().any(|group| mentioned(group.whole, resource.id)) {
                    leave(*resource, &mut gone);
                }
            }
        }
        let mut ending = Self { gone };
        for role in groups.iter().filter_map(|group| group.role) {
            if ending.nobody_needs(template, role) {
                ending.gone.insert(role.id.to_owned(), Value::Null);
            }
        }
        ending
    }

    /// Whether a resource leaves.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.gone.contains_key(id)
    }

    fn nobody_needs(&self, template: &Template<'_>, role: Resource<'_>) -> bool {
        let for_codedeploy = role.property("AssumeRolePolicyDocument").is_some_and(|trust| {
            // Spelt out or put together from the partition's suffix.
            trust.to_string().contains("codedeploy.")
        });
        let staying = template.resources().filter(|one| !self.has(one.id) && one.id != role.id);
        let mut others = template.whole.iter().filter(|(section, _)| *section != "Resources");
        for_codedeploy
            && !staying
                .into_iter()
                .any(|one| mentioned(one.whole, role.id) || one.depends_on().contains(&role.id))
            && !others.any(|(_, section)| value_mentions(section, role.id))
    }

    /// A value in which nothing refers to what is gone. `place` names it in a refusal.
    pub(crate) fn without(&self, place: &str, value: &Value) -> Result<Value, Refusal> {
        if let Some(name) = referred(value).and_then(|id| self.gone.get(id)) {
            return Ok(name.clone());
        }
        if let Some(id) = got(value).filter(|id| self.has(id)) {
            return Err(unknown(place, id));
        }
        match value {
            Value::Array(many) => many.iter().map(|one| self.without(place, one)).collect(),
            Value::Object(members) => {
                let members = members.iter().map(|(name, one)| Ok((name.clone(), self.without(place, one)?)));
                let whole = Value::Object(members.collect::<Result<_, _>>()?);
                self.substituted(place, whole)
            }
            other => Ok(other.clone()),
        }
    }

    /// A `Fn::Sub` with a variable for each name that it can no longer look up.
    fn substituted(&self, place: &str, value: Value) -> Result<Value, Refusal> {
        let Some((text, own)) = substitution(&value) else { return Ok(value) };
        let mut variables = own.cloned().unwrap_or_default();
        for name in placeholders(text) {
            match (name.split_once('.'), self.gone.get(name)) {
                (Some((id, _)), _) if self.has(id) => return Err(unknown(place, id)),
                (None, Some(now)) if !variables.contains_key(name) => {
                    variables.insert(name.to_owned(), now.clone());
                }
                _ => {}
            }
        }
        if own.map_or(0, Map::len) == variables.len() {
            return Ok(value);
        }
        Ok(json!({ "Fn::Sub": [text, variables] }))
    }

    /// The same for a resource, which also depends on others by name.
    pub(crate) fn without_in_resource(&self, id: &str, resource: &Value) -> Result<Value, Refusal> {
        let mut resource = self.without(id, resource)?;
        let Some(members) = resource.as_object_mut() else { return Ok(resource) };
        let left = match members.get("DependsOn") {
            Some(Value::String(one)) if self.has(one) => Some(Vec::new()),
            Some(Value::Array(many)) => {
                let gone = |one: &&Value| one.as_str().is_some_and(|one| self.has(one));
                Some(many.iter().filter(|one| !gone(one)).cloned().collect())
            }
            _ => None,
        };
        match left {
            Some(left) if left.is_empty() => drop(members.remove("DependsOn")),
            Some(left) => drop(members.insert("DependsOn".to_owned(), Value::Array(left))),
            None => {}
        }
        Ok(resource)
    }
}

fn unknown(place: &str, id: &str) -> Refusal {
    let reason = format!(
        "it asks for an attribute of {id}, which Cutover takes out of the template; refer to its name"
    );
    Refusal::new(place, reason)
}

fn mentioned(whole: &Map<String, Value>, id: &str) -> bool {
    whole.values().any(|value| value_mentions(value, id))
}

fn value_mentions(value: &Value, id: &str) -> bool {
    let mut found = false;
    mentions(value, &mut |mention| {
        found |= matches!(mention, Mention::Name(name) | Mention::Attribute(name) if name == id);
    });
    found
}
