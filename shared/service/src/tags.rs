//! Tags of resources.

use std::collections::BTreeMap;

use cutover_wire::api::error::ApiError;
use cutover_wire::api::tag::Tag;

const MOST: usize = 50;

/// The tags, by key: at most 50, each key once and of 1 to 128 characters, each value of at most 256.
pub(crate) fn checked(tags: &Option<Vec<Tag>>) -> Result<Vec<(String, String)>, ApiError> {
    let invalid = |message: String| ApiError::refused("InvalidTagsToAddException", message);
    let mut kept = BTreeMap::new();
    for tag in tags.iter().flatten() {
        let key = tag.key.clone().unwrap_or_default();
        let value = tag.value.clone().unwrap_or_default();
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            let message = "A tag has a key of 1 to 128 characters and a value of at most 256.";
            return Err(invalid(message.to_owned()));
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
        let told = checked(&Some(vec![tag("b", "2"), tag("a", "")])).expect("tags");
        assert_eq!(told, [("a".to_owned(), String::new()), ("b".to_owned(), "2".to_owned())]);
        assert_eq!(checked(&None).expect("tags"), []);
        for bad in [
            vec![tag("", "x")],
            vec![tag("a", "1"), tag("a", "2")],
            vec![tag(&"k".repeat(129), "")],
            vec![tag("k", &"v".repeat(257))],
            vec![Tag { key: None, value: Some("v".to_owned()) }],
            (0..51).map(|n| tag(&n.to_string(), "")).collect(),
        ] {
            assert_eq!(checked(&Some(bad)).expect_err("a refusal").code, "InvalidTagsToAddException");
        }
    }
}
