//! What can be said about an AppSpec: a finding, and where in the text it belongs.

use serde::Serialize;
use std::fmt;

/// Where in the text: 1-based line and column, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Place {
    /// The start of the text.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The AppSpec cannot be deployed.
    Error,
    /// The AppSpec can be deployed, but probably does not do what its author meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing wrong (or doubtful) with an AppSpec.
///
/// Its `Display` is one line: `line 3, column 5: The message. The advice.`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether the AppSpec is refused for it.
    pub severity: Severity,
    /// A word for machines, such as `lambda-version`; the messages may change, the codes do not.
    pub code: &'static str,
    /// A sentence that says what is wrong.
    pub message: String,
    /// Where: the wrong value, or what holds it when it has no place of its own.
    pub place: Option<Place>,
    /// Which value, such as `Resources[0].fn.Properties.Alias`; empty for the text as a whole.
    pub path: String,
    /// How to mend it.
    pub advice: Option<String>,
}

impl Finding {
    pub(crate) fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self { severity, code, message: message.into(), place: None, path: String::new(), advice: None }
    }

    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    pub(crate) fn at(mut self, place: Place, path: impl Into<String>) -> Self {
        self.place = Some(place);
        self.path = path.into();
        self
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.advice {
            Some(advice) => write!(f, " {advice}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_one_line() {
        let finding =
            Finding::error("version", "The version is 1.").at(Place { line: 3, column: 5 }, "version");
        assert_eq!(finding.to_string(), "line 3, column 5: The version is 1.");
        assert_eq!(
            finding.advise("Write 0.0.").to_string(),
            "line 3, column 5: The version is 1. Write 0.0."
        );
        assert_eq!(Finding::error("empty", "Nothing.").to_string(), "Nothing.");
    }

    #[test]
    fn serializes_for_machines() {
        let finding = Finding::warning("alias", "Doubtful.").at(Place { line: 1, column: 2 }, "a.b");
        assert_eq!(
            serde_json::to_string(&finding).unwrap(),
            r#"{"severity":"warning","code":"alias","message":"Doubtful.","place":{"line":1,"column":2},"path":"a.b","advice":null}"#
        );
    }
}
