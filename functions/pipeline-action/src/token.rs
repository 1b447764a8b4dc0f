//! What one job of an action tells the next: CodePipeline keeps it, at most 2,048 characters.

use serde::{Deserialize, Serialize};

use crate::trouble::Trouble;

const TOKEN_VERSION: u16 = 1;

/// A continuation token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    pub(crate) v: u16,
    /// The first job of the action in this execution: every job has an id of its own.
    pub(crate) job: String,
    /// What it led to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deployment: Option<String>,
    /// The task definition that was registered for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) task_definition: Option<String>,
    /// Jobs in a row that came to nothing because of something that may pass.
    #[serde(default)]
    pub(crate) tries: u32,
}

impl Token {
    /// Of the first job.
    pub(crate) fn first(job: &str) -> Self {
        Self { v: TOKEN_VERSION, job: job.to_owned(), deployment: None, task_definition: None, tries: 0 }
    }

    pub(crate) fn read(text: &str) -> Result<Self, Trouble> {
        let token: Self = serde_json::from_str(text)
            .map_err(|_| Trouble::configuration("the continuation token is none of Cutover's"))?;
        match token.v {
            TOKEN_VERSION => Ok(token),
            v => Err(Trouble::configuration(format!("the continuation token has the version {v}"))),
        }
    }

    pub(crate) fn text(&self) -> String {
        // Texts and numbers always serialize.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let token = Token { deployment: Some("d-ABCDEFGHI".to_owned()), tries: 3, ..Token::first("j") };
        assert_eq!(token.text(), r#"{"v":1,"job":"j","deployment":"d-ABCDEFGHI","tries":3}"#);
        assert_eq!(Token::read(&token.text()), Ok(token));
        assert_eq!(Token::read(r#"{"v":1,"job":"j"}"#), Ok(Token::first("j")));
        for (text, part) in [("d-1", "none of Cutover's"), (r#"{"v":2,"job":"j"}"#, "version 2")] {
            assert!(Token::read(text).expect_err("a refusal").to_string().contains(part));
        }
    }
}
