//! Files that a user gives, and where they are wrong.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::command::appspec::name;
use crate::failure::Failure;

/// The largest file that is read, in bytes.
const MOST: u64 = 256 << 20;

/// A file's text, and how it is called in messages.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Its name.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let name = name(file);
        let unreadable = |why: String| Failure::input(format!("{name} cannot be read: {why}"));
        let from: Box<dyn Read> = if file == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            Box::new(File::open(file).map_err(|e| unreadable(e.to_string()))?)
        };
        let mut bytes = Vec::new();
        from.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
        if bytes.len() as u64 > MOST {
            return Err(unreadable(format!("it has more than {} MiB", MOST >> 20)));
        }
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8 text".to_owned()))?;
        Ok(Self { name, text: text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned() })
    }

    /// What is wrong with it, at a line from 1 or at a member.
    pub(crate) fn wrong(&self, place: impl Display, what: impl Display) -> Failure {
        Failure::input(format!("{}:{place}: {what}", self.name))
    }

    /// What is wrong with the whole.
    pub(crate) fn refused(&self, what: impl Display) -> Failure {
        Failure::input(format!("{}: {what}", self.name))
    }

    /// Whether it begins as JSON does.
    pub(crate) fn is_json(&self) -> bool {
        self.text.trim_start().starts_with(['{', '['])
    }

    /// The text as JSON.
    pub(crate) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_str(&self.text).map_err(|error| {
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or(&text);
            self.wrong(format_args!("{}:{}", error.line(), error.column()), format_args!("no JSON: {what}"))
        })
    }

    /// A part of the JSON in its own shape; what does not fit is told by its path below `at`.
    pub(crate) fn shaped<T: DeserializeOwned>(&self, at: &str, value: Value) -> Result<T, Failure> {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let path = match (at, path.as_str()) {
                ("", path) => path.to_owned(),
                (at, ".") => at.to_owned(),
                (at, path) => format!("{at}.{path}"),
            };
            self.wrong(format_args!(" {path}"), error.into_inner())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let source = |text: &str| Source { name: "f.json".into(), text: text.into() };
        let told = source("{\n  \"a\": ]").json().expect_err("no JSON").to_string();
        assert_eq!(told, "f.json:2:8: no JSON: expected value");
        let value = json!({ "b": [1, "x"] });
        let shape = |at| source("").shaped::<std::collections::BTreeMap<String, Vec<u8>>>(at, value.clone());
        let told = shape("alarms[0]").expect_err("no number").to_string();
        assert!(told.starts_with("f.json: alarms[0].b[1]: invalid type: string \"x\""), "{told}");
    }
}
