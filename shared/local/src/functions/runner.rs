//! Runs published versions.

use std::sync::Arc;
use std::time::Duration;

use cutover_core::ids::Scope;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::error::FunctionError;
use super::outcomes::Outcomes;
use super::process;
use super::record::PublishedVersion;
use super::shelf::Shelf;
use super::view::Invocation;

/// How long a function may run.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(60);
/// How many run at the same time; others wait.
const AT_ONCE: usize = 64;
/// With one of these set, a function finds AWS credentials of the user's.
const CREDENTIALS: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// The service as functions see it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its address, such as `http://127.0.0.1:7171`.
    pub url: String,
    /// The id and the secret of the key that functions sign with, where the service asks for one.
    pub key: Option<(String, String)>,
}

impl From<String> for Endpoint {
    fn from(url: String) -> Self {
        Self { url, key: None }
    }
}

impl From<&str> for Endpoint {
    fn from(url: &str) -> Self {
        url.to_owned().into()
    }
}

/// Runs published versions and notes how it went.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) shelf: Shelf,
    pub(crate) outcomes: Arc<Outcomes>,
    endpoint: Endpoint,
    region: String,
    time_limit: Duration,
    places: Semaphore,
}

impl Runner {
    pub(crate) fn new(shelf: Shelf, scope: &Scope, endpoint: Endpoint, time_limit: Duration) -> Self {
        Self {
            shelf,
            outcomes: Arc::default(),
            endpoint,
            region: scope.region.clone(),
            time_limit,
            places: Semaphore::new(AT_ONCE),
        }
    }

    pub(crate) async fn run(
        &self,
        function: &str,
        published: &PublishedVersion,
        event: &[u8],
    ) -> Result<Invocation, FunctionError> {
        // The semaphore is never closed.
        let _place = self.places.acquire().await;
        let ended = process::run(self.command(function, published), event, self.time_limit).await;
        let failed = ended.as_ref().map_or(true, |ended| ended.error.is_some());
        self.outcomes.record(function, &published.version, failed);
        let ended = ended.map_err(|error| FunctionError::Start {
            path: self.shelf.path(function, &published.version, &published.file),
            why: error.to_string(),
        })?;
        Ok(Invocation { version: published.version.clone(), payload: ended.out, error: ended.error })
    }

    fn command(&self, function: &str, published: &PublishedVersion) -> Command {
        let path = self.shelf.path(function, &published.version, &published.file);
        let mut command = Command::new(&path);
        if let Some(dir) = path.parent() {
            command.current_dir(dir);
        }
        command
            .env("CUTOVER_FUNCTION_NAME", function)
            .env("CUTOVER_FUNCTION_VERSION", &published.version)
            .env("CUTOVER_ENDPOINT", &self.endpoint.url)
            .env("AWS_ENDPOINT_URL_CODEDEPLOY", &self.endpoint.url)
            .env("AWS_REGION", &self.region)
            .env("AWS_DEFAULT_REGION", &self.region);
        if let Some((id, secret)) = &self.endpoint.key {
            // What the service was started with is for something else, and would be refused here.
            CREDENTIALS.iter().chain(&["AWS_SESSION_TOKEN"]).for_each(|name| {
                command.env_remove(name);
            });
            command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        } else if CREDENTIALS.iter().all(|name| std::env::var_os(name).is_none()) {
            command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
        }
        command
    }
}
