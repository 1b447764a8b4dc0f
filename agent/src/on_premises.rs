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
    id: String,
    secret: String,
}

/// No secrets in logs.
impl std::fmt::Debug for OnPremises {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnPremises").field("id", &self.id).finish_non_exhaustive()
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
    match keys {
        Some(keys) => Sdk::with_keys(&keys.region, &keys.id, &keys.secret),
        None => Sdk::from_chain(),
    }
}

fn parse(text: &str) -> Result<OnPremises, String> {
    let pairs = config::pairs(text).map_err(|error| error.to_string())?;
    let find = |wanted: &str| {
        let mut found = pairs.iter().filter(|(_, key, value)| *key == wanted && !value.is_empty());
        found.next_back().map(|(_, _, value)| (*value).to_owned())
    };
    if find("iam_session_arn").is_some() || find("aws_credentials_file").is_some() {
        let problem = "iam_session_arn and aws_credentials_file are not taken. Remove the file, and set \
                       AWS_SHARED_CREDENTIALS_FILE and AWS_REGION for the agent";
        return Err(problem.to_owned());
    }
    let need = |key: &str| find(key).ok_or_else(|| format!("{key} is missing"));
    need("iam_user_arn")?;
    Ok(OnPremises {
        region: need("region")?,
        id: need("aws_access_key_id")?,
        secret: need("aws_secret_access_key")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_agents_file_is_read_as_it_is() {
        let text = "---\naws_access_key_id: AKID\naws_secret_access_key: a+b/c=\niam_user_arn: arn:aws:iam::1:user/h\nregion: eu-west-1\n";
        let keys = parse(text).unwrap();
        assert_eq!(
            (keys.region.as_str(), keys.id.as_str(), keys.secret.as_str()),
            ("eu-west-1", "AKID", "a+b/c=")
        );
        assert!(!format!("{keys:?}").contains("a+b"));
        for (line, told) in [
            ("region: eu-west-1\n", "region is missing"),
            ("iam_user_arn: arn:aws:iam::1:user/h\n", "iam_user_arn is missing"),
        ] {
            assert_eq!(parse(&text.replace(line, "")).unwrap_err(), told);
        }
        assert!(
            parse(&format!("{text}iam_session_arn: x\n"))
                .unwrap_err()
                .contains("AWS_SHARED_CREDENTIALS_FILE")
        );
        assert!(parse("- a\n").unwrap_err().starts_with("line 1"));
    }
}
