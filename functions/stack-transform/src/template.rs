//! A template as the macro reads it.

use serde_json::{Map, Value};

use crate::intrinsic;

/// A whole template and the values of its parameters.
pub(crate) struct Template<'a> {
    /// Everything.
    pub(crate) whole: &'a Map<String, Value>,
    resources: &'a Map<String, Value>,
    parameters: &'a Map<String, Value>,
}

/// A resource of the template.
#[derive(Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) id: &'a str,
    pub(crate) whole: &'a Map<String, Value>,
}

impl<'a> Template<'a> {
    /// None for what is not a whole template.
    pub(crate) fn of(fragment: &'a Value, parameters: &'a Map<String, Value>) -> Option<Self> {
        let whole = fragment.as_object()?;
        Some(Self { whole, resources: whole.get("Resources")?.as_object()?, parameters })
    }

    /// The section Resources, with what is no resource in it.
    pub(crate) fn all(&self) -> &'a Map<String, Value> {
        self.resources
    }

    /// All resources, by logical id.
    pub(crate) fn resources(&self) -> impl Iterator<Item = Resource<'a>> {
        self.resources.iter().filter_map(|(id, whole)| Some(Resource { id, whole: whole.as_object()? }))
    }

    pub(crate) fn resource(&self, id: &str) -> Option<Resource<'a>> {
        let (id, whole) = self.resources.get_key_value(id)?;
        Some(Resource { id, whole: whole.as_object()? })
    }

    /// The resource of this type that a `Ref` leads to.
    pub(crate) fn referred(&self, value: &Value, kind: &str) -> Option<Resource<'a>> {
        self.resource(intrinsic::referred(value)?).filter(|found| found.kind() == kind)
    }

    /// A parameter's value in this stack.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'a Value> {
        self.parameters.get(name)
    }

    /// A member of a section, such as a condition.
    pub(crate) fn member(&self, section: &str, name: &str) -> Option<&'a Value> {
        self.whole.get(section)?.get(name)
    }
}

impl<'a> Resource<'a> {
    /// Its type, empty where there is none.
    pub(crate) fn kind(&self) -> &'a str {
        self.whole.get("Type").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn property(&self, name: &str) -> Option<&'a Value> {
        self.whole.get("Properties")?.get(name)
    }

    /// What it depends on by name.
    pub(crate) fn depends_on(&self) -> Vec<&'a str> {
        match self.whole.get("DependsOn") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}
