//! Secrets in Parameter Store, as SecureStrings under AWS's own key.

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::secrets::Secrets;
use serde_json::{Value, json};

use crate::caller::Place;
use crate::error::Fault;
use crate::json::{Client, Service};
use crate::sdk::Sdk;

const SSM: Service = Service { place: Place { name: "ssm", id: "SSM" }, target: "AmazonSSM" };

/// Parameters of the configured account and region.
#[derive(Debug, Clone)]
pub struct ParameterStore {
    client: Client,
}

impl ParameterStore {
    /// Calls as whoever the SDK's configuration says.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, SSM) }
    }

    async fn put(&self, name: &str, secret: &str, over: bool) -> Result<(), Fault> {
        let input = json!({ "Name": name, "Value": secret, "Type": "SecureString", "Overwrite": over });
        self.client.call("PutParameter", &input).await.map(drop)
    }
}

#[async_trait]
impl Secrets for ParameterStore {
    async fn read(&self, name: &str) -> Result<Option<String>, CallError> {
        match self.client.call("GetParameter", &json!({ "Name": name, "WithDecryption": true })).await {
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
