//! Requests for objects in S3, signed. S3's whole client would make the agent of a host several times as large for
//! its one GET.

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SigningSettings, UriPathNormalizationMode,
};

#[cfg(any(feature = "pipelines", feature = "archives"))]
use cutover_ports::call::CallError;

#[cfg(any(feature = "pipelines", feature = "archives"))]
use crate::error::Fault;
use crate::sdk::{Sdk, variable};
use crate::signed::{Unsigned, domain, encode, signature};

/// An object.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// Its bucket.
    pub bucket: &'a str,
    /// Its key.
    pub key: &'a str,
    /// Its version, in buckets that have them.
    pub version: Option<&'a str>,
}

/// What to do with an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// HTTP's.
    pub(crate) method: &'a str,
    /// Headers to sign beside Host; not among those that are given back.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// All of it.
    pub(crate) body: &'a [u8],
}

impl Asked<'_> {
    /// Nothing but to read it.
    pub(crate) const GET: Self = Self { method: "GET", headers: &[], body: b"" };
}

/// What to GET.
#[derive(Debug)]
pub struct ObjectRequest {
    /// The address.
    pub url: String,
    /// The headers that sign it; none without credentials.
    pub headers: Vec<(String, String)>,
    /// Why there are no credentials.
    pub unsigned: Option<String>,
}

/// The request for an object. `region` is the bucket's; `endpoint` replaces AWS's own, as do
/// `AWS_ENDPOINT_URL_S3` and `AWS_ENDPOINT_URL`.
///
/// # Errors
/// When it cannot be signed; in words.
pub async fn request(
    sdk: &Sdk,
    object: Object<'_>,
    region: &str,
    endpoint: Option<&str>,
) -> Result<ObjectRequest, String> {
    let unsigned = |why: String| {
        let url = url(object, region, found(endpoint).as_deref());
        Ok(ObjectRequest { url, headers: Vec::new(), unsigned: Some(why) })
    };
    let Some(provider) = sdk.config().await.credentials_provider() else {
        return unsigned("the SDK has nowhere to look for them".to_owned());
    };
    let credentials = match provider.provide_credentials().await {
        Ok(credentials) => credentials,
        Err(error) => return unsigned(error.to_string()),
    };
    let (url, headers) = signed(credentials, object, (region, endpoint), Asked::GET)?;
    Ok(ObjectRequest { url, headers, unsigned: None })
}

fn found(endpoint: Option<&str>) -> Option<String> {
    let set = || variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
    endpoint.map(str::to_owned).or_else(set)
}

/// The address of an object, and the headers that sign a request for it with these credentials. `region` is the
/// bucket's; `endpoint` as with [`request`].
///
/// # Errors
/// When it cannot be signed; in words.
pub(crate) fn signed(
    credentials: Credentials,
    object: Object<'_>,
    (region, endpoint): (&str, Option<&str>),
    Asked { method, headers, body }: Asked<'_>,
) -> Result<(String, Vec<(String, String)>), String> {
    let url = url(object, region, found(endpoint).as_deref());
    // S3 takes paths as they are.
    let mut settings = SigningSettings::default();
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let unsigned = Unsigned { method, url: &url, headers, body };
    let headers = signature(&unsigned, credentials, ("s3", region), settings)?;
    Ok((url, headers))
}

fn url(Object { bucket, key, version }: Object<'_>, region: &str, endpoint: Option<&str>) -> String {
    let key = encode(key, true);
    let mut url = match endpoint {
        Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
        None => {
            let domain = domain(region);
            // AWS's certificate holds for one label before s3.
            if bucket.contains('.') {
                format!("https://s3.{region}.{domain}/{bucket}/{key}")
            } else {
                format!("https://{bucket}.s3.{region}.{domain}/{key}")
            }
        }
    };
    if let Some(version) = version {
        url.push_str("?versionId=");
        url.push_str(&encode(version, false));
    }
    url
}

/// What became of `what`, when S3 answered that it was not to be had. S3 API reference, error responses: XML with a code and a message.
#[cfg(any(feature = "pipelines", feature = "archives"))]
pub(crate) fn refusal(status: u16, body: &str, what: &str) -> CallError {
    let member = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0)
    };
    match status {
        404 => CallError::Gone { what: what.to_owned() },
        _ => {
            let on = format!(" ({what})");
            Fault::answered(status, member("Code"), member("Message"), &on)
                .into_call_error(|| what.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_addresses() {
        let of =
            |bucket, key, version, region, endpoint| url(Object { bucket, key, version }, region, endpoint);
        for (made, expected) in [
            (of("b", "a/k.zip", None, "eu-west-1", None), "https://b.s3.eu-west-1.amazonaws.com/a/k.zip"),
            (of("b.c", "k", None, "cn-north-1", None), "https://s3.cn-north-1.amazonaws.com.cn/b.c/k"),
            (
                of("b", "a b+ü", Some("v/1"), "r", Some("http://h:1/")),
                "http://h:1/b/a%20b%2B%C3%BC?versionId=v%2F1",
            ),
        ] {
            assert_eq!(made, expected);
        }
    }

    #[tokio::test]
    async fn requests_are_signed_for_s3() {
        let object = Object { bucket: "b", key: "k", version: None };
        let request =
            request(&Sdk::emulator("http://h"), object, "eu-west-1", Some("http://h")).await.unwrap();
        let header =
            |wanted: &str| request.headers.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        assert!(header("authorization").contains("/eu-west-1/s3/aws4_request"), "{request:?}");
        assert!(header("x-amz-content-sha256").starts_with("e3b0c442"), "{request:?}");
        assert_eq!((request.url.as_str(), request.unsigned), ("http://h/b/k", None));
    }

    #[cfg(any(feature = "pipelines", feature = "archives"))]
    #[test]
    fn refusals_say_what_can_be_done() {
        let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        let message = |message: &str| message.to_owned();
        for (status, body, expected) in [
            (404, "", CallError::Gone { what: message("s3://b/k") }),
            (403, denied, CallError::Denied { message: message("AccessDenied: Access Denied (s3://b/k)") }),
            (503, "", CallError::Transient { message: message("status 503 (s3://b/k)") }),
            (301, "", CallError::Refused { message: message("status 301 (s3://b/k)") }),
        ] {
            assert_eq!(refusal(status, body, "s3://b/k"), expected);
        }
    }
}
