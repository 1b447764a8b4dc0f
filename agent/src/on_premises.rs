//! How AWS is called: with what the SDK finds, or with the keys in the official agent's on-premises file.

use std::io;
use std::path::{Path, PathBuf};

use cutover_aws::sdk::Sdk;

use crate::config;

/// Where the official agent has it.
pub const DEFAULT_ON_PREMISES: &str = "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml";

/// The keys of a host that is not on AWS.
#[derive(Clone, PartialEq, Eq)]
pub struct OnPremises {
    region: String,
    keys: Keys,
}

#[derive(Clone, PartialEq, Eq)]
enum Keys {
    /// Of an IAM user.
    User { id: String, secret: String },
    /// Of a session: somebody writes this file anew before they end.
    Session { file: PathBuf },
}

/// No secrets in logs.
impl std::fmt::Debug for OnPremises {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = match &self.keys {
            Keys::User { id, .. } => id.clone(),
            Keys::Session { file } => file.display().to_string(),
        };
        f.debug_struct("OnPremises").field("keys", &keys).finish_non_exhaustive()
    }
}

/// Why such a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct OnPremisesError {
    path: PathBuf,
    problem: String,
}

impl OnPremises {
    /// Reads the file; `None` if it is not there.
    ///
    /// # Errors
    /// When it cannot be read or used.
    pub fn read(path: &Path) -> Result<Option<Self>, OnPremisesError> {
        let fail = |problem: String| OnPremisesError { path: path.to_owned(), problem };
        match std::fs::read_to_string(path) {
            Ok(text) => parse(&text).map(Some).map_err(fail),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fail(error.to_string())),
        }
    }
}

/// A client's configuration: with these keys if there are some, else what the SDK finds.
pub fn sdk(keys: Option<&OnPremises>) -> Sdk {
    match keys.map(|on_premises| (&on_premises.region, &on_premises.keys)) {
        Some((region, Keys::User { id, secret })) => Sdk::with_keys(region, id, secret),
        Some((region, Keys::Session { file })) => Sdk::with_file(region, file),
        None => Sdk::from_chain(),
    }
}

fn parse(text: &str) -> Result<OnPremises, String> {
    let pairs = config::pairs(text).map_err(|error| error.to_string())?;
    let find = |wanted: &str| {
        let mut found = pairs.iter().filter(|(_, key, value)| *key == wanted && !value.is_empty());
        found.next_back().map(|(_, _, value)| (*value).to_owned())
    };
    let need = |key: &str| find(key).ok_or_else(|| format!("{key} is missing"));
    let region = need("region")?;
    let keys = match (find("iam_user_arn"), find("iam_session_arn")) {
        (Some(_), Some(_)) => {
            return Err("iam_user_arn and iam_session_arn exclude each other: leave one out".to_owned());
        }
        (None, Some(_)) => Keys::Session { file: need("aws_credentials_file")?.into() },
        (Some(_), None) => {
            Keys::User { id: need("aws_access_key_id")?, secret: need("aws_secret_access_key")? }
        }
        (None, None) => return Err("iam_user_arn or iam_session_arn is missing".to_owned()),
    };
    Ok(OnPremises { region, keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_agents_file_is_read_as_it_is() {
        let text = "---\naws_access_key_id: AKID\naws_secret_access_key: a+b/c=\niam_user_arn: arn:aws:iam::1:user/h\nregion: eu-west-1\n";
        let read = parse(text).unwrap();
        let keys = Keys::User { id: "AKID".to_owned(), secret: "a+b/c=".to_owned() };
        assert_eq!(read, OnPremises { region: "eu-west-1".to_owned(), keys });
        assert!(!format!("{read:?}").contains("a+b"));
        for (from, to, told) in [
            ("region: eu-west-1\n", "", "region is missing"),
            ("iam_user_arn: arn:aws:iam::1:user/h\n", "", "iam_user_arn or iam_session_arn is missing"),
            (
                "---\n",
                "iam_session_arn: x\n",
                "iam_user_arn and iam_session_arn exclude each other: leave one out",
            ),
            ("iam_user_arn", "iam_session_arn", "aws_credentials_file is missing"),
        ] {
            assert_eq!(parse(&text.replace(from, to)).unwrap_err(), told);
        }
        assert!(parse("- a\n").unwrap_err().starts_with("line 1"));
    }

    #[test]
    fn a_sessions_keys_stand_in_a_file_of_their_own() {
        let text = "iam_session_arn: arn:aws:sts::1:assumed-role/r/h\naws_credentials_file: /run/keys\nregion: eu-west-1\n";
        let keys = Keys::Session { file: "/run/keys".into() };
        assert_eq!(parse(text), Ok(OnPremises { region: "eu-west-1".to_owned(), keys }));
    }
}
