//! Credentials of a session in a file that somebody else writes anew: it is read again whenever the SDK asks.

use std::path::PathBuf;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::{ProvideCredentials, Result, future};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};

/// The profile whose credentials count.
const PROFILE: &str = "default";

/// Reads the file. The SDK keeps what it is given for a quarter of an hour, since such a file says nothing of an end.
#[derive(Debug)]
pub(crate) struct FileKeys(pub(crate) PathBuf);

impl FileKeys {
    async fn read(&self) -> Result {
        let file = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Credentials, &self.0).build();
        // A provider reads its file once. A profile may also say whom to ask for credentials.
        let asks = ProviderConfig::without_region().with_http_client(crate::http::client());
        let provider = ProfileFileCredentialsProvider::builder().configure(&asks).profile_files(file);
        provider.profile_name(PROFILE).build().provide_credentials().await
    }
}

impl ProvideCredentials for FileKeys {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.read())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn what_is_written_anew_is_read_anew() {
        let path = std::env::temp_dir().join(format!("cutover-file-keys-{}", std::process::id()));
        let keys = FileKeys(path.clone());
        assert!(keys.provide_credentials().await.is_err(), "there is no such file");
        for (id, token) in [("ASIAONE", "first"), ("ASIATWO", "second")] {
            let text = format!(
                "[default]\naws_access_key_id = {id}\naws_secret_access_key = s\naws_session_token = {token}\n"
            );
            fs::write(&path, text).expect("a file");
            let found = keys.provide_credentials().await.expect("credentials");
            assert_eq!((found.access_key_id(), found.session_token()), (id, Some(token)));
        }
        fs::remove_file(&path).expect("no file");
    }
}
