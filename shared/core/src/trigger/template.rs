//! Templates: JSON or text in which `{{name}}` stands for a fact of a push.
//!
//! A string that is nothing but `{{name?}}` is left out, with its member, when there is no such fact. Within a longer
//! text a fact may only hold what cannot end the text that it stands in: what a source tells is chosen by whoever
//! pushes, and must not become a line of somebody's AppSpec.

use std::collections::BTreeMap;

use serde_json::Value;

/// Facts by name.
pub type Facts<'a> = BTreeMap<&'a str, &'a str>;

/// Why a template cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder is not closed.
    #[error("a {{{{ in {0:?} has no }}}}")]
    Open(String),
    /// A fact that this push does not have.
    #[error("this push has no {0}")]
    Absent(String),
    /// A fact that could end the text it stands in.
    #[error("{name} is {value:?}: only letters, digits and . _ - / : @ + = may stand within a longer text")]
    Unfit {
        /// Which.
        name: String,
        /// What it is.
        value: String,
    },
}

/// The value with every placeholder filled in.
pub fn fill(template: &Value, facts: &Facts<'_>) -> Result<Value, TemplateError> {
    Ok(filled(template, facts)?.unwrap_or(Value::Null))
}

fn filled(template: &Value, facts: &Facts<'_>) -> Result<Option<Value>, TemplateError> {
    Ok(Some(match template {
        Value::String(text) => match fill_text(text, facts)? {
            Some(text) => Value::String(text),
            None => return Ok(None),
        },
        Value::Array(items) => {
            let items = items.iter().map(|item| filled(item, facts)).collect::<Result<Vec<_>, _>>()?;
            Value::Array(items.into_iter().flatten().collect())
        }
        Value::Object(members) => {
            let mut kept = serde_json::Map::new();
            for (name, member) in members {
                if let Some(value) = filled(member, facts)? {
                    kept.insert(name.clone(), value);
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }))
}

/// The text with every placeholder filled in; nothing when it is one that may be absent, and is.
pub fn fill_text(template: &str, facts: &Facts<'_>) -> Result<Option<String>, TemplateError> {
    if let [Part::Fact(name)] = parts(template)?[..] {
        let (name, optional) = optional(name);
        return match facts.get(name) {
            Some(value) => Ok(Some((*value).to_owned())),
            None if optional => Ok(None),
            None => Err(TemplateError::Absent(name.to_owned())),
        };
    }
    let mut text = String::with_capacity(template.len());
    for part in parts(template)? {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Fact(name) => {
                let (name, optional) = optional(name);
                match facts.get(name) {
                    Some(value) if value.chars().all(fits) => text.push_str(value),
                    Some(value) => {
                        let (name, value) = (name.to_owned(), (*value).to_owned());
                        return Err(TemplateError::Unfit { name, value });
                    }
                    None if optional => {}
                    None => return Err(TemplateError::Absent(name.to_owned())),
                }
            }
        }
    }
    Ok(Some(text))
}

/// The names that a template asks for, as they stand in it.
pub fn names(template: &Value) -> Result<Vec<String>, TemplateError> {
    let mut found = Vec::new();
    let mut open = vec![template];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => {
                found.extend(parts(text)?.into_iter().filter_map(|part| match part {
                    Part::Fact(name) => Some(optional(name).0.to_owned()),
                    Part::Text(_) => None,
                }));
            }
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    Ok(found)
}

enum Part<'t> {
    Text(&'t str),
    Fact(&'t str),
}

fn parts(mut template: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    while let Some((before, behind)) = template.split_once("{{") {
        let (name, rest) = behind.split_once("}}").ok_or_else(|| TemplateError::Open(template.to_owned()))?;
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Fact(name.trim()));
        template = rest;
    }
    if !template.is_empty() {
        parts.push(Part::Text(template));
    }
    Ok(parts)
}

fn optional(name: &str) -> (&str, bool) {
    name.strip_suffix('?').map_or((name, false), |name| (name, true))
}

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-/:@+=".contains(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_take_their_places_and_nothing_else() {
        let facts = Facts::from([("commit", "abc"), ("tag", "v1"), ("key", "a b\"\nHooks: x")]);
        for (template, expected) in [
            (json!("{{commit}}"), Ok(json!("abc"))),
            (
                json!({"a": "x{{ commit }}-{{tag}}y", "n": 1, "l": ["{{version?}}", "z"]}),
                Ok(json!({"a": "xabc-v1y", "n": 1, "l": ["z"]})),
            ),
            (json!({"version": "{{version?}}", "key": "{{key}}"}), Ok(json!({"key": "a b\"\nHooks: x"}))),
            (json!("v{{version?}}"), Ok(json!("v"))),
            (json!("{{version}}"), Err("this push has no version")),
            (json!("{{commit"), Err("has no }}")),
            (json!("name: {{key}}"), Err("only letters")),
        ] {
            match (fill(&template, &facts), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (found, expected) => panic!("{template}: {found:?}, not {expected:?}"),
            }
        }
        assert_eq!(names(&json!({"a": ["{{x?}} {{y}}"]})), Ok(vec!["x".to_owned(), "y".to_owned()]));
    }
}
