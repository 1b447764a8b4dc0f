//! Secrets in Parameter Store, as SecureStrings under AWS's own key. Two calls of one protocol: JSON 1.1, signed.

use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::SigningSettings;
use cutover_ports::call::CallError;
use cutover_ports::secrets::Secrets;
use serde_json::{Value, json};

use crate::error::{Fault, Remedy};
use crate::sdk::{ATTEMPT, Sdk, variable};
use crate::signed::{Unsigned, domain, signature};
use crate::web::Web;

/// How long one call may take, with its connection.
const WITHIN: Duration = ATTEMPT;

/// Parameters of the configured account and region.
#[derive(Debug, Clone)]
pub struct ParameterStore {
    sdk: Sdk,
}

impl ParameterStore {
    /// Calls as whoever the SDK's configuration says.
    pub fn new(sdk: Sdk) -> Self {
        Self { sdk }
    }

    async fn call(&self, action: &str, input: &Value) -> Result<Value, Fault> {
        let target = format!("AmazonSSM.{action}");
        let fixed = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let body = input.to_string().into_bytes();
        let unsent = |message: String| Fault { code: None, remedy: Remedy::None, message };
        let (url, signed) = self.signed(&fixed, &body).await.map_err(unsent)?;
        let signed = signed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<(&str, &str)> = fixed.into_iter().chain(signed).collect();
        let lost = |error: std::io::Error| Fault {
            code: None,
            remedy: Remedy::AgainUnknown,
            message: format!("Parameter Store: {error}"),
        };
        let answer = Web::new().call("POST", &url, &headers, body, WITHIN).await.map_err(lost)?;
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 {
            return Ok(told);
        }
        // With or without a namespace in front.
        let code = told["__type"].as_str().map(|code| code.rsplit('#').next().unwrap_or(code));
        let words = told["message"].as_str().or(told["Message"].as_str());
        Err(Fault::answered(answer.status, code, words, ""))
    }

    async fn put(&self, name: &str, secret: &str, over: bool) -> Result<(), Fault> {
        let input = json!({ "Name": name, "Value": secret, "Type": "SecureString", "Overwrite": over });
        self.call("PutParameter", &input).await.map(drop)
    }

    /// The address, and the headers that sign the request.
    async fn signed(
        &self,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(String, Vec<(String, String)>), String> {
        let config = self.sdk.config().await;
        let region = config.region().ok_or("no region is set")?.as_ref();
        let set = || variable("AWS_ENDPOINT_URL_SSM").or_else(|| variable("AWS_ENDPOINT_URL"));
        let url = set().unwrap_or_else(|| format!("https://ssm.{region}.{}", domain(region)));
        let url = format!("{}/", url.trim_end_matches('/'));
        let provider = config.credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|error| error.to_string())?;
        let unsigned = Unsigned { method: "POST", url: &url, headers, body };
        let made = signature(&unsigned, credentials, ("ssm", region), SigningSettings::default())?;
        Ok((url, made))
    }
}

#[async_trait]
impl Secrets for ParameterStore {
    async fn read(&self, name: &str) -> Result<Option<String>, CallError> {
        match self.call("GetParameter", &json!({ "Name": name, "WithDecryption": true })).await {
            Ok(answer) => match answer.pointer("/Parameter/Value").and_then(Value::as_str) {
                Some(value) => Ok(Some(value.to_owned())),
                None => Err(CallError::Transient { message: "Parameter Store answered nothing".to_owned() }),
            },
            Err(fault) if fault.is("ParameterNotFound") => Ok(None),
            Err(fault) => Err(fault.into_call_error(|| format!("parameter {name}"))),
        }
    }

    async fn create(&self, name: &str, secret: &str) -> Result<(), CallError> {
        match self.put(name, secret, false).await {
            Err(fault) if fault.is("ParameterAlreadyExists") => Ok(()),
            put => put.map_err(|fault| fault.into_call_error(|| format!("parameter {name}"))),
        }
    }

    async fn replace(&self, name: &str, secret: &str) -> Result<(), CallError> {
        let put = self.put(name, secret, true).await;
        put.map_err(|fault| fault.into_call_error(|| format!("parameter {name}")))
    }
}
