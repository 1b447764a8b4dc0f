//! Requests signed by our own client, and what may be changed of them: nothing.

use http::{HeaderName, HeaderValue};

use super::*;
use crate::credentials::Credentials as Pair;
use crate::sign::{Post, signed};

const NOW: Timestamp = Timestamp::from_millis(1_793_534_405_250);
const BODY: &[u8] = br#"{"applicationName": "web"}"#;

fn pair() -> Pair {
    Pair { id: "CUTOAAAAAAAAAAAAAAAA".into(), secret: "s".repeat(40) }
}

fn post() -> Post<'static> {
    Post {
        host: "127.0.0.1:7171",
        path: "/",
        target: "CodeDeploy_20141006.GetApplication",
        region: "eu-west-1",
    }
}

/// The headers of the request, signed at this moment.
fn headers(at: Timestamp) -> HeaderMap {
    let post = post();
    let mut headers = HeaderMap::new();
    let signed = signed(post, BODY, &pair(), at).expect("a signature");
    let plain = [("host", post.host.to_owned()), ("x-amz-target", post.target.to_owned())];
    for (name, value) in signed.into_iter().chain(plain) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).expect("a value"));
    }
    headers
}

fn with(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = headers(NOW);
    headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
    headers
}

/// With this text in the place of another one in the authorization.
fn bent(from: &str, to: &str) -> HeaderMap {
    let headers = headers(NOW);
    let text = headers["authorization"].to_str().expect("text").to_owned();
    assert!(text.contains(from), "{text}");
    with("authorization", &text.replace(from, to))
}

fn admitted(headers: &HeaderMap, now: Timestamp) -> Result<(), ApiError> {
    let claim = Claim::read(headers)?;
    claim.check(headers, &["eu-west-1".to_owned()], now)?;
    claim.verify("POST", "/", headers, BODY, &pair().secret)
}

fn told(headers: &HeaderMap) -> String {
    admitted(headers, NOW).expect_err("a refusal").to_string()
}

#[test]
fn a_signed_request_passes_and_headers_may_be_added_on_the_way() {
    assert_eq!(admitted(&headers(NOW), NOW), Ok(()));
    assert_eq!(admitted(&with("x-forwarded-for", "192.0.2.1"), NOW), Ok(()));
    assert_eq!(Claim::read(&headers(NOW)).map(|claim| (claim.key, claim.region)), {
        Ok((pair().id, "eu-west-1".to_owned()))
    });
}

#[test]
fn queues_are_signed_for_as_a_service_of_their_own() {
    let of_queues = Post { target: "AmazonSQS.ReceiveMessage", ..post() };
    let mut headers = headers(NOW);
    for (name, value) in signed(of_queues, BODY, &pair(), NOW).expect("a signature") {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).expect("a value"));
    }
    let said = "Credential should be scoped to correct service: 'codedeploy'.";
    assert!(told(&headers).ends_with(said), "{}", told(&headers));
    headers.insert("x-amz-target", HeaderValue::from_static(of_queues.target));
    assert_eq!(admitted(&headers, NOW), Ok(()));
    let other = with("x-amz-target", of_queues.target);
    assert!(told(&other).ends_with("correct service: 'sqs'."), "{}", told(&other));
}

#[test]
fn what_is_missing_is_named() {
    let without = |name: &str| {
        let mut headers = headers(NOW);
        headers.remove(name);
        headers
    };
    for (headers, said) in [
        (without("authorization"), "MissingAuthenticationTokenException: Missing Authentication Token"),
        (without("x-amz-date"), "IncompleteSignatureException: Authorization header requires existence"),
        (with("x-amz-date", "2026-11-01"), "IncompleteSignatureException: Date must be in ISO-8601"),
        (with("authorization", "Basic YTpi"), "IncompleteSignatureException: Unsupported AWS 'algorithm'"),
        (with("authorization", "AWS4-HMAC-SHA256"), "requires 'Credential' parameter"),
        (bent("Signature=", "Sig="), "requires 'Signature' parameter"),
        (bent("SignedHeaders=", "Headers="), "requires 'SignedHeaders' parameter"),
        (bent("/aws4_request", ""), "Credential must have exactly 5 slash-delimited elements"),
    ] {
        assert!(told(&headers).contains(said), "{said}: {}", told(&headers));
    }
}

#[test]
fn what_is_for_something_else_is_refused() {
    for (from, to, said) in [
        ("/codedeploy/", "/lambda/", "Credential should be scoped to correct service: 'codedeploy'."),
        ("/eu-west-1/", "/us-east-1/", "valid region, not 'us-east-1': here it is eu-west-1."),
        ("/aws4_request", "/aws5_request", "Credential should be scoped with a valid terminator"),
        ("/20261101/", "/20261031/", "Date in Credential scope does not match YYYYMMDD"),
        ("/20261101/", "//", "Date in Credential scope does not match YYYYMMDD"),
        ("host;", "", "'host' must be a 'SignedHeader'"),
        (";x-amz-target", "", "'x-amz-target' must be a 'SignedHeader'"),
        (";x-amz-date", "", "'x-amz-date' must be a 'SignedHeader'"),
    ] {
        let said_of_it = told(&bent(from, to));
        assert!(
            said_of_it.starts_with("InvalidSignatureException") && said_of_it.contains(said),
            "{said_of_it}"
        );
    }
    assert!(told(&with("x-amz-security-token", "t")).starts_with("UnrecognizedClientException"));
}

#[test]
fn what_was_changed_is_noticed() {
    let mismatch = "InvalidSignatureException: The request signature we calculated does not match";
    for headers in [
        with("host", "127.0.0.1:7172"),
        with("x-amz-target", "CodeDeploy_20141006.DeleteApplication"),
        with("x-amz-date", "20261101T120006Z"),
        bent("Signature=", "Signature=0"),
        bent("SignedHeaders=host", "SignedHeaders=content-type;host"),
    ] {
        assert!(told(&headers).starts_with(mismatch), "{}", told(&headers));
    }
    let headers = headers(NOW);
    let claim = Claim::read(&headers).expect("a claim");
    let verify = |method: &str, uri: &str, body: &[u8], secret: &str| {
        claim.verify(method, uri, &headers, body, secret).is_ok()
    };
    let secret = pair().secret;
    assert!(verify("POST", "/", BODY, &secret));
    assert!(!verify("POST", "/", br#"{"applicationName": "wab"}"#, &secret));
    assert!(!verify("POST", "/", b"", &secret));
    assert!(!verify("PUT", "/", BODY, &secret));
    assert!(!verify("POST", "/other", BODY, &secret));
    assert!(!verify("POST", "/?a=b", BODY, &secret));
    assert!(!verify("POST", "/", BODY, &"t".repeat(40)));
}

#[test]
fn a_header_that_decides_stands_once() {
    for name in ["host", "x-amz-date", "x-amz-target", "authorization"] {
        let mut headers = headers(NOW);
        let same = headers[name].clone();
        headers.append(HeaderName::from_static(name), same);
        assert!(told(&headers).starts_with("IncompleteSignatureException: The header"), "{}", told(&headers));
    }
}

#[test]
fn five_minutes_of_skew_pass_and_no_more() {
    let late = |ms: i64| Timestamp::from_millis(NOW.as_millis() + ms);
    // Stamps are in whole seconds: this one is 250 ms early.
    let headers = headers(NOW);
    assert_eq!(admitted(&headers, late(299_750)), Ok(()));
    assert_eq!(admitted(&headers, late(-300_250)), Ok(()));
    let expired = admitted(&headers, late(299_751)).expect_err("too late").to_string();
    assert_eq!(
        expired,
        "InvalidSignatureException: Signature expired: 20261101T120005Z is now earlier than 20261101T120005Z \
         (20261101T120505Z - 5 min.)"
    );
    let early = admitted(&headers, late(-400_000)).expect_err("too early").to_string();
    assert!(early.contains("Signature not yet current: 20261101T120005Z is still later than"), "{early}");
}
