//! Tags of resources.

use std::collections::BTreeMap;

use cutover_wire::api::error::ApiError;
use cutover_wire::api::tag::Tag;

use crate::rules::rule::Rule;

/// Most tags of a resource.
pub(crate) const MOST: usize = 50;
/// Most tags of an on-premises instance (behaviour: on-premises instances).
pub(crate) const MOST_OF_HOST: usize = 10;
/// Longest key and longest value, in characters.
const KEY_CHARS: usize = 128;
const VALUE_CHARS: usize = 256;

/// A list of tags, and whether there must be one.
pub(crate) struct Tags {
    required: bool,
}

pub(crate) const OPTIONAL: Tags = Tags { required: false };
pub(crate) const REQUIRED: Tags = Tags { required: true };

impl Rule<Vec<Tag>> for Tags {
    fn check(&self, tags: &Option<Vec<Tag>>) -> Result<(), ApiError> {
        let tags = tags.as_deref().unwrap_or_default();
        if self.required && tags.is_empty() {
            return Err(ApiError::refused("TagRequiredException", "At least one tag is required."));
        }
        checked(tags).map(drop)
    }
}

/// behaviour: on-premises instances: both key and value are needed.
pub(crate) fn of_host(tag: &Tag) -> Result<(), ApiError> {
    let key = tag.key.as_deref().unwrap_or_default().chars().count();
    let value = tag.value.as_deref().unwrap_or_default().chars().count();
    if (1..=KEY_CHARS).contains(&key) && (1..=VALUE_CHARS).contains(&value) {
        return Ok(());
    }
    let message =
        format!("A tag has a key of 1 to {KEY_CHARS} characters and a value of 1 to {VALUE_CHARS}.");
    Err(ApiError::refused("InvalidTagException", message))
}

/// Stored tags as the API shows them.
pub(crate) fn shown(tags: &[(String, String)]) -> impl Iterator<Item = Tag> {
    tags.iter().map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) })
}

/// The tags, by key: at most 50, each key once and of 1 to 128 characters, each value of at most 256.
pub(crate) fn checked(tags: &[Tag]) -> Result<Vec<(String, String)>, ApiError> {
    let invalid = |message: String| ApiError::refused("InvalidTagsToAddException", message);
    let mut kept = BTreeMap::new();
    for tag in tags {
        let key = tag.key.clone().unwrap_or_default();
        let value = tag.value.clone().unwrap_or_default();
        if key.is_empty() || key.chars().count() > KEY_CHARS || value.chars().count() > VALUE_CHARS {
            let message = format!(
                "A tag has a key of 1 to {KEY_CHARS} characters and a value of at most {VALUE_CHARS}."
            );
            return Err(invalid(message));
        }
        if kept.insert(key.clone(), value).is_some() {
            return Err(invalid(format!("The tag key {key:?} is given twice.")));
        }
    }
    match kept.len() {
        n if n > MOST => Err(invalid(format!("{n} tags are given; at most {MOST} are allowed."))),
        _ => Ok(kept.into_iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: Some(key.to_owned()), value: Some(value.to_owned()) }
    }

    #[test]
    fn tags_are_checked_and_sorted() {
        let told = checked(&[tag("b", "2"), tag("a", "")]).expect("tags");
        assert_eq!(told, [("a".to_owned(), String::new()), ("b".to_owned(), "2".to_owned())]);
        assert_eq!(checked(&[]).expect("tags"), []);
        for bad in [
            vec![tag("", "x")],
            vec![tag("a", "1"), tag("a", "2")],
            vec![tag(&"k".repeat(129), "")],
            vec![tag("k", &"v".repeat(257))],
            vec![Tag { key: None, value: Some("v".to_owned()) }],
            (0..51).map(|n| tag(&n.to_string(), "")).collect(),
        ] {
            assert_eq!(checked(&bad).expect_err("a refusal").code, "InvalidTagsToAddException");
        }
    }
}
