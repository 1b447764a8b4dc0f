//! CloudFormation's intrinsic functions, as far as a macro meets them unresolved.

use serde_json::{Map, Value};

/// A mention of something by name within a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mention<'a> {
    /// `Ref`, or `${Name}`.
    Name(&'a str),
    /// `Fn::GetAtt`, or `${Name.Attribute}`.
    Attribute(&'a str),
    /// `Fn::If`, or `Condition` within a condition.
    Condition(&'a str),
    /// `Fn::FindInMap`.
    Mapping(&'a str),
}

/// The only member of an object of one.
pub(crate) fn only(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.iter().next().map(|(name, value)| (name.as_str(), value))
}

/// The argument of this function.
pub(crate) fn argument<'a>(value: &'a Value, function: &str) -> Option<&'a Value> {
    only(value).filter(|(name, _)| *name == function).map(|(_, argument)| argument)
}

/// The name in a `Ref`.
pub(crate) fn referred(value: &Value) -> Option<&str> {
    argument(value, "Ref")?.as_str()
}

/// The name in a `Fn::GetAtt`, which has two forms.
pub(crate) fn got(value: &Value) -> Option<&str> {
    match argument(value, "Fn::GetAtt")? {
        Value::String(dotted) => dotted.split('.').next(),
        Value::Array(parts) => parts.first()?.as_str(),
        _ => None,
    }
}

/// Condition and both branches of an `Fn::If`.
pub(crate) fn choice(value: &Value) -> Option<(&str, &Value, &Value)> {
    match argument(value, "Fn::If")?.as_array()?.as_slice() {
        [condition, then, otherwise] => Some((condition.as_str()?, then, otherwise)),
        _ => None,
    }
}

/// Text and variables of a `Fn::Sub`, which has two forms.
pub(crate) fn substitution(value: &Value) -> Option<(&str, Option<&Map<String, Value>>)> {
    match argument(value, "Fn::Sub")? {
        Value::String(text) => Some((text, None)),
        Value::Array(parts) => match parts.as_slice() {
            [text, variables] => Some((text.as_str()?, Some(variables.as_object()?))),
            _ => None,
        },
        _ => None,
    }
}

/// What stands in `${…}`, without the literals `${!…}`.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(name, _)| name.trim()).filter(|name| !name.starts_with('!'))
}

/// Tells of everything that is mentioned in a value, at any depth.
pub(crate) fn mentions<'a>(value: &'a Value, tell: &mut impl FnMut(Mention<'a>)) {
    match value {
        Value::Array(many) => many.iter().for_each(|one| mentions(one, tell)),
        Value::Object(members) => {
            if let Some(mention) = mention(value) {
                tell(mention);
            }
            if let Some((text, variables)) = substitution(value) {
                for name in placeholders(text) {
                    match name.split_once('.') {
                        Some((name, _)) => tell(Mention::Attribute(name)),
                        None if variables.is_some_and(|own| own.contains_key(name)) => {}
                        None => tell(Mention::Name(name)),
                    }
                }
            }
            members.values().for_each(|member| mentions(member, tell));
        }
        _ => {}
    }
}

fn mention(value: &Value) -> Option<Mention<'_>> {
    let (function, argument) = only(value)?;
    let first = || argument.as_array().and_then(|parts| parts.first()).and_then(Value::as_str);
    match function {
        "Ref" => argument.as_str().map(Mention::Name),
        "Fn::GetAtt" => got(value).map(Mention::Attribute),
        "Fn::If" => first().map(Mention::Condition),
        "Condition" => argument.as_str().map(Mention::Condition),
        "Fn::FindInMap" => first().map(Mention::Mapping),
        _ => None,
    }
}

/// `AWS::NoValue`, or an object without members.
pub(crate) fn is_nothing(value: &Value) -> bool {
    referred(value) == Some("AWS::NoValue") || value.as_object().is_some_and(Map::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_that_is_mentioned_is_told() {
        let value = json!([
            { "Ref": "A" },
            { "Fn::GetAtt": "B.Arn" },
            { "Fn::GetAtt": ["C", "Outputs.X"] },
            { "Fn::Sub": "${D} ${!Literal} ${E.Arn} ${AWS::Region}" },
            { "Fn::Sub": ["${F} ${G}", { "F": { "Ref": "H" } }] },
            { "Fn::If": ["I", { "Fn::FindInMap": ["J", "x", "y"] }, "z"] },
        ]);
        let mut told = Vec::new();
        mentions(&value, &mut |mention| told.push(mention));
        use Mention::*;
        let wanted = [
            Name("A"),
            Attribute("B"),
            Attribute("C"),
            Name("D"),
            Attribute("E"),
            Name("AWS::Region"),
            Name("G"),
            Name("H"),
            Condition("I"),
            Mapping("J"),
        ];
        assert_eq!(told, wanted);
    }
}
