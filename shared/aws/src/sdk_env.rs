//! Configuration from environment variables alone: all that Lambda offers, and all that a function needs.
//!
//! The default provider chain would add profile files, instance and container metadata and STS to every
//! function and to its cold start.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::region::Region;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// Adds region, credentials and endpoints to `builder`.
pub(crate) fn apply(mut builder: Builder) -> Builder {
    let lookup = Lookup(crate::sdk::variable);
    builder.set_region(lookup.either("AWS_REGION", "AWS_DEFAULT_REGION").map(Region::new));
    builder.set_credentials_provider(lookup.credentials().map(SharedCredentialsProvider::new));
    builder.set_endpoint_url(lookup.endpoint("AWS_ENDPOINT_URL"));
    builder.service_config(lookup)
}

/// A source of variables, so that tests need not touch the process's own.
#[derive(Debug, Clone, Copy)]
struct Lookup(fn(&str) -> Option<String>);

impl Lookup {
    fn either(&self, name: &str, other: &str) -> Option<String> {
        (self.0)(name).or_else(|| (self.0)(other))
    }

    fn credentials(&self) -> Option<Credentials> {
        let mut builder = Credentials::builder()
            .access_key_id((self.0)("AWS_ACCESS_KEY_ID")?)
            .secret_access_key((self.0)("AWS_SECRET_ACCESS_KEY")?)
            .provider_name("environment");
        builder.set_session_token((self.0)("AWS_SESSION_TOKEN"));
        Some(builder.build())
    }

    fn endpoint(&self, name: &str) -> Option<String> {
        let ignored = (self.0)("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let ignored = ignored.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if ignored { None } else { (self.0)(name) }
    }
}

/// Clients ask here for `AWS_ENDPOINT_URL_<SERVICE>`.
impl LoadServiceConfig for Lookup {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if key.env() != "AWS_ENDPOINT_URL" {
            return None;
        }
        let service = key.service_id().to_ascii_uppercase().replace([' ', '-'], "_");
        self.endpoint(&format!("AWS_ENDPOINT_URL_{service}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_lambda(name: &str) -> Option<String> {
        let value = match name {
            "AWS_DEFAULT_REGION" => "eu-west-1",
            "AWS_ACCESS_KEY_ID" => "AKID",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_SESSION_TOKEN" => "token",
            "AWS_ENDPOINT_URL_DYNAMODB" => "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_AUTO_SCALING" => "http://127.0.0.1:2",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn asked(lookup: Lookup, service: &str, env: &str) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(service).env(env).profile("endpoint_url");
        lookup.load_config(key.build().unwrap())
    }

    #[test]
    fn service_endpoints_come_from_the_environment() {
        for (service, url) in [
            ("DynamoDB", Some("http://127.0.0.1:1")),
            ("Auto Scaling", Some("http://127.0.0.1:2")),
            ("SQS", None),
        ] {
            assert_eq!(asked(Lookup(on_lambda), service, "AWS_ENDPOINT_URL").as_deref(), url);
        }
        assert_eq!(asked(Lookup(on_lambda), "DynamoDB", "AWS_OTHER"), None);
    }

    #[test]
    fn configured_endpoints_can_be_turned_off() {
        let lookup = Lookup(|name| {
            (name == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
                .then(|| "TRUE".to_owned())
                .or_else(|| on_lambda(name))
        });
        assert_eq!(asked(lookup, "DynamoDB", "AWS_ENDPOINT_URL"), None);
    }

    #[test]
    fn credentials_need_both_halves() {
        let credentials = Lookup(on_lambda).credentials().unwrap();
        assert_eq!(credentials.access_key_id(), "AKID");
        assert_eq!(credentials.session_token(), Some("token"));
        let half = Lookup(|name| on_lambda(name).filter(|_| name != "AWS_SECRET_ACCESS_KEY"));
        assert!(half.credentials().is_none());
        assert_eq!(half.either("AWS_REGION", "AWS_DEFAULT_REGION").as_deref(), Some("eu-west-1"));
    }
}
