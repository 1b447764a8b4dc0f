//! The SDK's configuration and clients, shared by every adapter and made at first use: a cold start pays
//! only for the services that its first event calls.
//!
//! A function should set `SSL_CERT_FILE` to one bundle (`/etc/pki/tls/certs/ca-bundle.crt` on Lambda's
//! images): without it, about 150 certificate files are opened at the first request.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use tokio::sync::OnceCell;

/// How long to wait for a connection.
pub(crate) const CONNECT: Duration = Duration::from_secs(2);
/// How long one attempt may take.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(4);
/// How long one request may take with its second attempt.
pub(crate) const OPERATION: Duration = Duration::from_secs(8);
/// How long a port's call may take that is made of several requests: less than
/// `cutover_core::limits::ACT_TIMEOUT_MS`.
pub(crate) const CALL: Duration = Duration::from_secs(9);
/// Attempts of one request. The engine itself backs off, durably; this one bridges a dropped connection.
const ATTEMPTS: u32 = 2;

/// Configuration and clients. Cheap to make and to clone.
#[derive(Clone, Debug)]
pub struct Sdk {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    source: Source,
    config: OnceCell<SdkConfig>,
    #[cfg(feature = "dynamodb")]
    dynamodb: OnceCell<aws_sdk_dynamodb::Client>,
    #[cfg(feature = "sqs")]
    sqs: OnceCell<aws_sdk_sqs::Client>,
    #[cfg(feature = "lambda")]
    lambda: OnceCell<aws_sdk_lambda::Client>,
    #[cfg(feature = "cloudwatch")]
    cloudwatch: OnceCell<aws_sdk_cloudwatch::Client>,
    #[cfg(feature = "host-access")]
    sts: OnceCell<aws_sdk_sts::Client>,
}

#[derive(Debug)]
enum Source {
    Environment,
    #[cfg(feature = "chain")]
    Chain,
    Emulator {
        endpoint: String,
    },
    #[cfg(feature = "hosts")]
    Keys {
        region: String,
        id: String,
        secret: String,
    },
    #[cfg(feature = "hosts")]
    File {
        region: String,
        path: std::path::PathBuf,
    },
    #[cfg(feature = "hosts")]
    Lent {
        endpoint: Option<String>,
        region: String,
        borrower: SharedCredentialsProvider,
    },
    #[cfg(feature = "hosts")]
    Service {
        endpoint: String,
        region: String,
        keys: Option<(String, String)>,
    },
}

impl Sdk {
    /// From the environment: region, credentials, `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`.
    pub fn from_env() -> Self {
        Self::from_source(Source::Environment)
    }

    /// From the environment and from what else the SDK looks at: profiles, instance, container, web identity.
    #[cfg(feature = "chain")]
    pub fn from_chain() -> Self {
        Self::from_source(Source::Chain)
    }

    /// For an emulator that answers for every service at `endpoint`: region us-east-1, keys `test`.
    pub fn emulator(endpoint: impl Into<String>) -> Self {
        Self::from_source(Source::Emulator { endpoint: endpoint.into() })
    }

    /// For `cutover serve`, which answers like SQS at `endpoint`: with an access key's id and secret, if it wants
    /// requests signed.
    #[cfg(feature = "hosts")]
    pub fn service(
        endpoint: impl Into<String>,
        region: impl Into<String>,
        keys: Option<(String, String)>,
    ) -> Self {
        Self::from_source(Source::Service { endpoint: endpoint.into(), region: region.into(), keys })
    }

    /// AWS, or what answers for it at `endpoint`, with credentials that somebody lends.
    #[cfg(feature = "hosts")]
    pub fn lent(endpoint: Option<String>, region: &str, lender: Arc<dyn crate::lent::Lender>) -> Self {
        let borrower = SharedCredentialsProvider::new(crate::lent::Borrower::new(lender));
        Self::from_source(Source::Lent { endpoint, region: region.to_owned(), borrower })
    }

    /// AWS itself, with these keys: an access key's id and secret.
    #[cfg(feature = "hosts")]
    pub fn with_keys(region: &str, id: &str, secret: &str) -> Self {
        let (region, id, secret) = (region.to_owned(), id.to_owned(), secret.to_owned());
        Self::from_source(Source::Keys { region, id, secret })
    }

    /// AWS itself, with the credentials of the default profile of this file, which may be written anew at any time.
    #[cfg(feature = "hosts")]
    pub fn with_file(region: &str, path: &std::path::Path) -> Self {
        Self::from_source(Source::File { region: region.to_owned(), path: path.to_owned() })
    }

    fn from_source(source: Source) -> Self {
        let shared = Shared {
            source,
            config: OnceCell::new(),
            #[cfg(feature = "dynamodb")]
            dynamodb: OnceCell::new(),
            #[cfg(feature = "sqs")]
            sqs: OnceCell::new(),
            #[cfg(feature = "lambda")]
            lambda: OnceCell::new(),
            #[cfg(feature = "cloudwatch")]
            cloudwatch: OnceCell::new(),
            #[cfg(feature = "host-access")]
            sts: OnceCell::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The configuration, for clients that this crate has no adapter for.
    pub async fn config(&self) -> &SdkConfig {
        self.shared.config.get_or_init(|| load(&self.shared.source)).await
    }

    #[cfg(feature = "dynamodb")]
    pub(crate) async fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        let make = || async { aws_sdk_dynamodb::Client::new(self.config().await) };
        self.shared.dynamodb.get_or_init(make).await
    }

    #[cfg(feature = "sqs")]
    pub(crate) async fn sqs(&self) -> &aws_sdk_sqs::Client {
        let make = || async { aws_sdk_sqs::Client::new(self.config().await) };
        self.shared.sqs.get_or_init(make).await
    }

    #[cfg(feature = "lambda")]
    pub(crate) async fn lambda(&self) -> &aws_sdk_lambda::Client {
        let make = || async { aws_sdk_lambda::Client::new(self.config().await) };
        self.shared.lambda.get_or_init(make).await
    }

    #[cfg(feature = "cloudwatch")]
    pub(crate) async fn cloudwatch(&self) -> &aws_sdk_cloudwatch::Client {
        let make = || async { aws_sdk_cloudwatch::Client::new(self.config().await) };
        self.shared.cloudwatch.get_or_init(make).await
    }

    #[cfg(feature = "host-access")]
    pub(crate) async fn sts(&self) -> &aws_sdk_sts::Client {
        let make = || async { aws_sdk_sts::Client::new(self.config().await) };
        self.shared.sts.get_or_init(make).await
    }
}

async fn load(source: &Source) -> SdkConfig {
    match source {
        Source::Environment => crate::sdk_env::apply(base()).build(),
        #[cfg(feature = "chain")]
        Source::Chain => chain().await,
        Source::Emulator { endpoint } => base()
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
                "test", "test", None,
            )))
            .endpoint_url(endpoint)
            .build(),
        #[cfg(feature = "hosts")]
        Source::Keys { region, id, secret } => {
            let keys = Credentials::from_keys(id, secret, None);
            base()
                .region(Region::new(region.clone()))
                .credentials_provider(SharedCredentialsProvider::new(keys))
                .build()
        }
        #[cfg(feature = "hosts")]
        Source::File { region, path } => base()
            .region(Region::new(region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(crate::file_keys::FileKeys(path.clone())))
            .build(),
        #[cfg(feature = "hosts")]
        Source::Lent { endpoint, region, borrower } => {
            let mut builder =
                base().region(Region::new(region.clone())).credentials_provider(borrower.clone());
            builder.set_endpoint_url(endpoint.clone());
            builder.build()
        }
        #[cfg(feature = "hosts")]
        Source::Service { endpoint, region, keys } => {
            // A client without any keys does not send; who signs nothing is not checked either.
            let (id, secret) = keys.clone().unwrap_or(("none".to_owned(), "none".to_owned()));
            let keys = Credentials::from_keys(id, secret, None);
            base()
                .region(Region::new(region.clone()))
                .credentials_provider(SharedCredentialsProvider::new(keys))
                .endpoint_url(endpoint)
                .build()
        }
    }
}

#[cfg(feature = "chain")]
async fn chain() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(crate::http::client())
        .timeout_config(timeouts(ATTEMPT, OPERATION))
        .retry_config(retries())
        .load()
        .await
}

fn base() -> aws_types::sdk_config::Builder {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(crate::http::client())
        .timeout_config(timeouts(ATTEMPT, OPERATION))
        .retry_config(retries())
}

/// Timeouts with the same connect timeout for all, so that they share connections.
pub(crate) fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(Duration::from_millis(50))
}

/// Looks an environment variable up; a blank one counts as absent.
#[allow(dead_code, reason = "as `within`")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Ends the reading of a list in time.
#[cfg(any(feature = "auto-scaling", feature = "ec2"))]
pub(crate) async fn listed<T>(
    service: &str,
    pages: impl Future<Output = Result<T, cutover_ports::call::CallError>>,
) -> Result<T, cutover_ports::call::CallError> {
    let late = || format!("{service} did not answer within {} s", CALL.as_secs());
    within(pages).await.unwrap_or_else(|| Err(cutover_ports::call::CallError::Transient { message: late() }))
}

/// Ends a call of several requests in time; `None` when it took too long.
#[allow(dead_code, reason = "not every set of features has a service that uses it")]
pub(crate) async fn within<T>(call: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(CALL, call).await.ok()
}
