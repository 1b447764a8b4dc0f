//! Items, keys and conditions as DynamoDB attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use cutover_ports::table::{Expect, Index, Item, Key, TableError};

use super::Attributes;

/// An index's name and the attributes that are its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) name: Option<&'static str>,
    pub(crate) pk: &'static str,
    pub(crate) sk: &'static str,
}

pub(crate) const MAIN: Layout = Layout { name: None, pk: "pk", sk: "sk" };
pub(crate) const GSI1: Layout = Layout { name: Some("gsi1"), pk: "g1pk", sk: "g1sk" };
pub(crate) const GSI2: Layout = Layout { name: Some("gsi2"), pk: "g2pk", sk: "g2sk" };
pub(crate) const WAKE: Layout = Layout { name: Some("wake"), pk: "wpk", sk: "wsk" };

impl Layout {
    pub(crate) fn of(index: Index) -> Self {
        match index {
            Index::Main => MAIN,
            Index::Gsi1 => GSI1,
            Index::Gsi2 => GSI2,
        }
    }

    /// Adds this index's key to `attributes`.
    pub(super) fn put(self, attributes: &mut Attributes, key: &Key) {
        attributes.insert(self.pk.to_owned(), text(&key.pk));
        attributes.insert(self.sk.to_owned(), text(&key.sk));
    }

    /// This index's sort key, which every item has that was found by it.
    pub(super) fn sk(self, attributes: &Attributes) -> Result<String, TableError> {
        Ok(string(attributes, self.sk)?.to_owned())
    }

    /// This index's key, if the item is in it.
    pub(super) fn take(self, attributes: &Attributes) -> Result<Option<Key>, TableError> {
        if !attributes.contains_key(self.pk) && !attributes.contains_key(self.sk) {
            return Ok(None);
        }
        Ok(Some(Key::new(string(attributes, self.pk)?, string(attributes, self.sk)?)))
    }
}

pub(super) fn primary(key: &Key) -> Attributes {
    let mut attributes = Attributes::new();
    MAIN.put(&mut attributes, key);
    attributes
}

pub(super) fn encode(item: &Item) -> Attributes {
    let mut attributes = primary(&item.key);
    attributes.insert("version".to_owned(), number(item.version));
    attributes.insert("body".to_owned(), text(&item.body));
    for (layout, key) in [(GSI1, &item.gsi1), (GSI2, &item.gsi2), (WAKE, &item.wake)] {
        if let Some(key) = key {
            layout.put(&mut attributes, key);
        }
    }
    if let Some(at) = item.expires_at {
        attributes.insert("expires_at".to_owned(), number(at));
    }
    attributes
}

pub(super) fn decode(attributes: &Attributes) -> Result<Item, TableError> {
    Ok(Item {
        key: decode_primary(attributes)?,
        version: parsed(attributes, "version")?.ok_or_else(|| unreadable(attributes, "version"))?,
        body: string(attributes, "body")?.to_owned(),
        gsi1: GSI1.take(attributes)?,
        gsi2: GSI2.take(attributes)?,
        wake: WAKE.take(attributes)?,
        expires_at: parsed(attributes, "expires_at")?,
    })
}

pub(super) fn decode_primary(attributes: &Attributes) -> Result<Key, TableError> {
    MAIN.take(attributes)?.ok_or_else(|| unreadable(attributes, MAIN.pk))
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn string<'a>(attributes: &'a Attributes, name: &str) -> Result<&'a str, TableError> {
    match attributes.get(name) {
        Some(AttributeValue::S(value)) => Ok(value),
        _ => Err(unreadable(attributes, name)),
    }
}

fn parsed<T: std::str::FromStr>(attributes: &Attributes, name: &str) -> Result<Option<T>, TableError> {
    match attributes.get(name) {
        None => Ok(None),
        Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| unreadable(attributes, name)),
        Some(_) => Err(unreadable(attributes, name)),
    }
}

fn unreadable(attributes: &Attributes, name: &str) -> TableError {
    let part = |name| match attributes.get(name) {
        Some(AttributeValue::S(value)) => value.as_str(),
        _ => "?",
    };
    TableError::Broken(format!("item {} / {}: unreadable attribute {name}", part("pk"), part("sk")))
}

/// A condition as DynamoDB takes it; nothing at all for [`Expect::Anything`].
#[derive(Debug, Clone, Default)]
pub(super) struct Condition {
    pub(super) expression: Option<String>,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<Attributes>,
}

impl Condition {
    pub(super) fn of(expect: Expect) -> Self {
        let name = |short: &str, long: &str| Some(HashMap::from([(short.to_owned(), long.to_owned())]));
        match expect {
            Expect::Anything => Self::default(),
            Expect::Absent => Self {
                expression: Some("attribute_not_exists(#pk)".to_owned()),
                names: name("#pk", MAIN.pk),
                values: None,
            },
            Expect::Version(version) => Self {
                expression: Some("#version = :version".to_owned()),
                names: name("#version", "version"),
                values: Some(HashMap::from([(":version".to_owned(), number(version))])),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = Key> {
        ("\\PC{1,20}", "\\PC{1,20}").prop_map(|(pk, sk)| Key { pk, sk })
    }

    prop_compose! {
        fn item()(
            key in key(),
            version: u64,
            body in "\\PC{0,200}",
            gsi1 in proptest::option::of(key()),
            gsi2 in proptest::option::of(key()),
            wake in proptest::option::of(key()),
            expires_at: Option<i64>,
        ) -> Item {
            Item { key, version, body, gsi1, gsi2, wake, expires_at }
        }
    }

    proptest! {
        #[test]
        fn an_item_survives_the_way_there_and_back(item in item()) {
            let attributes = encode(&item);
            prop_assert_eq!(decode(&attributes), Ok(item.clone()));
            let indexes = [&item.gsi1, &item.gsi2, &item.wake].into_iter().flatten().count();
            let expected = 4 + 2 * indexes + usize::from(item.expires_at.is_some());
            prop_assert_eq!(attributes.len(), expected, "absent keys must be absent attributes");
        }
    }

    #[test]
    fn a_strange_item_is_named() {
        let good = encode(&Item::new(Key::new("A", "B"), 7, "{}".to_owned()));
        for (name, value) in [
            ("version", None),
            ("version", Some(text("7"))),
            ("version", Some(AttributeValue::N("-1".to_owned()))),
            ("body", None),
            ("g1sk", Some(text("only half"))),
            ("expires_at", Some(AttributeValue::N("soon".to_owned()))),
        ] {
            let mut attributes = good.clone();
            attributes.remove(name);
            attributes.extend(value.map(|value| (name.to_owned(), value)));
            let missing = if name == "g1sk" { "g1pk" } else { name };
            let words = format!("item A / B: unreadable attribute {missing}");
            assert_eq!(decode(&attributes), Err(TableError::Broken(words)));
        }
    }
}
