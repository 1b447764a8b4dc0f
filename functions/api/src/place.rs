//! Where in a JSON text reading it failed, in the words of whoever wrote it: `createTimeRange.start`.
//!
//! Reading could also keep track of its place all the time. Only those who fail need it, and code that keeps
//! track is made anew for every shape.

/// What is being read, from the outside in.
enum Step<'a> {
    /// A member of an object, once its name was read.
    Member(Option<&'a str>),
    /// An element of an array.
    Element(usize),
}

/// The path to what was being read at the place of this error; empty at the top.
pub(crate) fn path(text: &str, error: &serde_json::Error) -> String {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let end = lines.map(str::len).sum::<usize>() + error.column();
    let mut path = String::new();
    // The last byte is the one that was wrong: a bracket there closed nothing.
    for step in steps(text, end.min(text.len()).saturating_sub(1)) {
        match step {
            Step::Member(Some(name)) if path.is_empty() => path.push_str(name),
            Step::Member(Some(name)) => path.extend([".", name]),
            Step::Member(None) => {}
            Step::Element(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

fn steps(text: &str, end: usize) -> Vec<Step<'_>> {
    let bytes = text.as_bytes();
    let (mut steps, mut at) = (Vec::new(), 0);
    while at < end {
        match (bytes[at], steps.last_mut()) {
            (b'"', last) => {
                let start = at + 1;
                at = string_end(bytes, start);
                if let Some(Step::Member(name @ None)) = last {
                    *name = text.get(start..at);
                }
            }
            (b'{', _) => steps.push(Step::Member(None)),
            (b'[', _) => steps.push(Step::Element(0)),
            (b'}', Some(Step::Member(_))) | (b']', Some(Step::Element(_))) => drop(steps.pop()),
            (b',', Some(Step::Member(name))) => *name = None,
            (b',', Some(Step::Element(index))) => *index += 1,
            _ => {}
        }
        at += 1;
    }
    steps
}

/// Where the string ends that starts here: at its closing quote, or with the text.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    #[allow(dead_code, reason = "only read")]
    struct Shape {
        name: Option<String>,
        count: Option<i64>,
        inner: Option<Box<Shape>>,
        list: Option<Vec<Shape>>,
        words: Option<Vec<String>>,
        map: Option<BTreeMap<String, bool>>,
    }

    #[test]
    fn errors_are_placed() {
        for (text, place) in [
            (r#"{"name": 5}"#, "name"),
            (r#"{"name": {"a": 1}}"#, "name"),
            (r#"{"name": ["a"]}"#, "name"),
            (r#"{"count": "x", "name": "y"}"#, "count"),
            (r#"{"count": 1e99}"#, "count"),
            (r#"{"count": 99999999999999999999}"#, "count"),
            (r#"{"inner": 5}"#, "inner"),
            (r#"{"inner": "}]"}"#, "inner"),
            (r#"{"inner": {"inner": {"count": true}}}"#, "inner.inner.count"),
            (r#"{"unknown": {"x": [1, {"y": 2}]}, "words": ["a", "b,\"[", 7]}"#, "words[2]"),
            (r#"{"list": [{"name": "a"}, {"words": ["b"], "count": "c"}]}"#, "list[1].count"),
            (r#"{"map": {"a.b": true, "c": 1}}"#, "map.c"),
            ("{\"name\": \"a\",\n \"inner\": {\n  \"count\":\n\"b\"}}", "inner.count"),
            ("{\"ü\": \"ä\", \"count\": \"ö\"}", "count"),
            (r#"{"name": tru}"#, "name"),
            (r#"{"inner": {"name": "a" "#, "inner.name"),
            (r#"{"name": "a"#, "name"),
            (r#"{"name": "a\"#, "name"),
            (r#"{"inner": {"na"#, "inner.na"),
            (r#"{"words": ["a", ]}"#, "words[1]"),
            (r#"{"inner": {"name": "a"]}"#, "inner.name"),
            (r#"{"list": [{"name": "a"}}"#, "list[0]"),
            (r#"{"name": "a"} x"#, ""),
            (r#"{"name": "a", "name": "b"}"#, "name"),
            ("{", ""),
            ("", ""),
            ("5", ""),
            ("}", ""),
        ] {
            let error = serde_json::from_str::<Shape>(text).expect_err(text);
            assert_eq!(path(text, &error), place, "{text}: {error}");
        }
    }
}
