//! One signed POST to a service for which no SDK client is linked in: what its protocols have in common.

use std::sync::{Arc, OnceLock};
#[cfg(any(feature = "query", feature = "archives"))]
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::SigningSettings;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::error::{Fault, Remedy};
use crate::sdk::{ATTEMPT, Sdk};
use crate::signed::{Unsigned, domain, signature};
use crate::web::{Answer, Web};

/// Rests before the second and the third time.
#[cfg(any(feature = "query", feature = "archives"))]
const RESTS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// What a form is sent as.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// How a service is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// As its endpoint's address and signatures name it.
    pub(crate) name: &'static str,
    /// As configuration names it: `AWS_ENDPOINT_URL_<ID>`, and the profile's `services` section.
    pub(crate) id: &'static str,
}

/// Calls a service. Cheap to clone; nothing is loaded before the first call.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    sdk: Sdk,
    place: Place,
    most_bytes: Option<usize>,
    web: Arc<OnceLock<Web>>,
}

impl Caller {
    pub(crate) fn new(sdk: Sdk, place: Place) -> Self {
        Self { sdk, place, most_bytes: None, web: Arc::default() }
    }

    /// The same for answers of up to so many bytes.
    #[cfg(any(feature = "query", feature = "archives"))]
    pub(crate) fn up_to(self, most_bytes: usize) -> Self {
        Self { most_bytes: Some(most_bytes), ..self }
    }

    /// Sends a request once, in that region or else the configured one, and gives whatever is answered.
    ///
    /// # Errors
    /// When it cannot be signed or the service cannot be reached.
    pub(crate) async fn post(
        &self,
        region: Option<&str>,
        fixed: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, Fault> {
        let config = self.sdk.config().await;
        let region = region.map_or_else(|| self::region(config), Ok).map_err(unsent)?;
        let url = address(config, self.place, region);
        let credentials = credentials(config).await.map_err(unsent)?;
        let unsigned = Unsigned { method: "POST", url: &url, headers: fixed, body: &body };
        let scope = (self.place.name, region);
        let signed = signature(&unsigned, credentials, scope, SigningSettings::default()).map_err(unsent)?;
        let signed = signed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<(&str, &str)> = fixed.iter().copied().chain(signed).collect();
        let web = self.web.get_or_init(|| match self.most_bytes {
            Some(most) => Web::new().up_to(most),
            None => Web::new(),
        });
        let answer = web.call("POST", &url, &headers, body, ATTEMPT).await;
        answer.map_err(|error| Fault {
            code: None,
            remedy: Remedy::AgainUnknown,
            message: format!("{url}: {error}"),
        })
    }
}

/// Where a service of that region is asked.
pub(crate) fn address(config: &SdkConfig, Place { name, id }: Place, region: &str) -> String {
    let url = endpoint(config, id).unwrap_or_else(|| format!("https://{name}.{region}.{}", domain(region)));
    format!("{}/", url.trim_end_matches('/'))
}

/// The endpoint that the configuration gives the service, if it gives it one.
pub(crate) fn endpoint(config: &SdkConfig, id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let own = config.service_config().zip(key.build().ok()).and_then(|(set, key)| set.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// The configured region, or that there is none.
pub(crate) fn region(config: &SdkConfig) -> Result<&str, String> {
    config.region().map(AsRef::as_ref).ok_or_else(|| "no region is set".to_owned())
}

/// Whoever the configuration says, or why nobody.
pub(crate) async fn credentials(config: &SdkConfig) -> Result<Credentials, String> {
    let none = "there are no credentials";
    let provider = config.credentials_provider().ok_or(none)?;
    provider.provide_credentials().await.map_err(|error| format!("{none}: {error}"))
}

/// Asks up to three times, with rests between, for something that only reads. Whoever is throttled for longer is the
/// engine's business.
///
/// # Errors
/// The last one, or the first that asking again does not help against.
#[cfg(any(feature = "query", feature = "archives"))]
pub(crate) async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    let mut rests = RESTS.iter();
    loop {
        let fault = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        match rests.next() {
            Some(rest) if fault.remedy != Remedy::None => tokio::time::sleep(*rest).await,
            _ => return Err(fault),
        }
    }
}

fn unsent(message: String) -> Fault {
    Fault { code: None, remedy: Remedy::None, message }
}
