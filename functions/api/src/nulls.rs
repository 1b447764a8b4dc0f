//! Drops members that are null from a JSON text.
//!
//! A value in between would be made of every answer, member by member, only to be walked and thrown away: this
//! walks the text once.

/// The compact JSON text without the members that are null, at any depth. Nulls in lists stay.
pub(crate) fn without_nulls(text: String) -> Vec<u8> {
    const NULL: &str = ":null";
    if !text.contains(NULL) {
        return text.into_bytes();
    }
    let (text, null) = (text.as_bytes(), NULL.as_bytes());
    let mut kept = Vec::with_capacity(text.len());
    // Where the last string begins in what is kept: before a colon it is the member's name.
    let (mut at, mut name) = (0, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                let end = string_end(text, at);
                name = kept.len();
                kept.extend_from_slice(&text[at..end]);
                at = end;
                continue;
            }
            b':' if text[at..].starts_with(null) => {
                kept.truncate(name);
                at += null.len();
                // The comma behind it goes too; the one before it if it was the last.
                if text.get(at) == Some(&b',') {
                    at += 1;
                } else if kept.last() == Some(&b',') {
                    kept.pop();
                }
                continue;
            }
            _ => kept.push(byte),
        }
        at += 1;
    }
    kept
}

/// The place behind the closing quote of the string that begins here.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    text.len().min(at + 1)
}

#[cfg(test)]
mod tests {
    use cutover_wire::api;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Names and texts that look like what is looked for.
    fn word() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            prop::sample::select(vec!["", ":null", "\":null,", "\\", "\\\"", "null", "a"])
                .prop_map(str::to_owned)
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            3 => Just(Value::Null),
            1 => word().prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((word(), inner), 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_text_is_that_of_the_value_without_nulls(value in value()) {
            let text = without_nulls(value.to_string());
            prop_assert_eq!(str::from_utf8(&text), Ok(&*api::without_nulls(value).to_string()));
        }
    }

    #[test]
    fn members_go_wherever_they_stand() {
        for (value, text) in [
            (json!({"a": null}), "{}"),
            (json!({"a": null, "b": 1}), r#"{"b":1}"#),
            (json!({"a": 1, "b": null, "c": null}), r#"{"a":1}"#),
            (json!({"a": {"b": null}, "c": [null, {"d": null}]}), r#"{"a":{},"c":[null,{}]}"#),
            (json!({"a": ":null", "b\":null": 2}), r#"{"a":":null","b\":null":2}"#),
        ] {
            assert_eq!(String::from_utf8(without_nulls(value.to_string())).as_deref(), Ok(text));
        }
    }
}
