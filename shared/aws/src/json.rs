//! Requests of AWS's JSON 1.1 protocol, for services of which one or two operations are called.

use std::io;
use std::sync::{Arc, OnceLock};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::SigningSettings;
use serde_json::Value;

use crate::error::{Fault, Remedy};
use crate::sdk::{ATTEMPT, Sdk, variable};
use crate::signed::{Unsigned, domain, signature};
use crate::web::Web;

/// A service that speaks it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// As its endpoint's address and signatures name it.
    pub(crate) name: &'static str,
    /// As its endpoint's variable ends: `AWS_ENDPOINT_URL_<ID>`.
    pub(crate) id: &'static str,
    /// What its operations begin with.
    pub(crate) target: &'static str,
}

/// Calls a service. Cheap to clone; nothing is loaded before the first call.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    sdk: Sdk,
    service: Service,
    web: Arc<OnceLock<Web>>,
}

impl Client {
    pub(crate) fn new(sdk: Sdk, service: Service) -> Self {
        Self { sdk, service, web: Arc::default() }
    }

    /// Calls an operation once, in the configured region.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub(crate) async fn call(&self, action: &str, input: &Value) -> Result<Value, Fault> {
        let target = format!("{}.{action}", self.service.target);
        let fixed = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let body = input.to_string().into_bytes();
        let unsent = |message: String| Fault { code: None, remedy: Remedy::None, message };
        let (url, signed) = self.signed(&fixed, &body).await.map_err(unsent)?;
        let signed = signed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<(&str, &str)> = fixed.into_iter().chain(signed).collect();
        let lost = |error: io::Error| Fault {
            code: None,
            remedy: Remedy::AgainUnknown,
            message: format!("{url}: {error}"),
        };
        let web = self.web.get_or_init(Web::new);
        let answer = web.call("POST", &url, &headers, body, ATTEMPT).await.map_err(lost)?;
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 {
            return Ok(told);
        }
        // With or without a namespace in front.
        let code = told["__type"].as_str().map(|code| code.rsplit('#').next().unwrap_or(code));
        let words = told["message"].as_str().or(told["Message"].as_str());
        Err(Fault::answered(answer.status, code, words, ""))
    }

    /// The address, and the headers that sign the request.
    async fn signed(
        &self,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(String, Vec<(String, String)>), String> {
        let Service { name, id, .. } = self.service;
        let config = self.sdk.config().await;
        let region = config.region().ok_or("no region is set")?.as_ref();
        let set = || {
            variable(&format!("AWS_ENDPOINT_URL_{id}")).or_else(|| config.endpoint_url().map(str::to_owned))
        };
        let url = set().unwrap_or_else(|| format!("https://{name}.{region}.{}", domain(region)));
        let url = format!("{}/", url.trim_end_matches('/'));
        let provider = config.credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|error| error.to_string())?;
        let unsigned = Unsigned { method: "POST", url: &url, headers, body };
        let made = signature(&unsigned, credentials, (name, region), SigningSettings::default())?;
        Ok((url, made))
    }
}
