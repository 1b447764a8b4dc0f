//! An EC2 instance's proof, signed as the agent signs it, sent as the desk sends it, to an STS of this machine that checks
//! signatures as AWS does.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use async_trait::async_trait;
use cutover_access::claim::Claim;
use cutover_aws::caller_identity::{StsIdentities, sign};
use cutover_aws::lent::Lender;
use cutover_aws::sdk::Sdk;
use cutover_core::time::Timestamp;
use cutover_ports::call::CallError;
use cutover_ports::caller_identity::{CallerIdentities, SignedIdentity};
use cutover_ports::host_access::Lent;
use http::{HeaderMap, HeaderName, HeaderValue};

const SECRET: &str = "a secret that only the role has";
const ARN: &str = "arn:aws:sts::123456789012:assumed-role/web/i-0abc1234def567890";

/// What is altered, and how.
type Change = (&'static str, fn(&mut SignedIdentity));

/// The credentials of a role, as an instance finds them.
#[derive(Debug)]
struct Role;

#[async_trait]
impl Lender for Role {
    async fn lend(&self) -> Result<Lent, String> {
        let expires_at = Timestamp::from_millis(i64::MAX / 2);
        Ok(Lent { id: "ASIAEXAMPLE".into(), secret: SECRET.into(), token: "IQoJb3+/=".into(), expires_at })
    }
}

/// Tells whoever signs with the secret who they are; its address.
fn sts() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = BufReader::new(stream);
            let (first, headers) = head(&mut stream);
            let length = headers["content-length"].to_str().unwrap().parse().unwrap();
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            assert_eq!(first, "POST / HTTP/1.1");
            assert_eq!(body, b"Action=GetCallerIdentity&Version=2011-06-15");
            let claim = Claim::read(&headers);
            let (status, answer) = match claim
                .and_then(|claim| claim.verify("POST", "/", &headers, &body, SECRET))
            {
                Ok(()) => (
                    200,
                    format!(
                        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                     <Arn>{ARN}</Arn><UserId>AROAEXAMPLE:i-0abc1234def567890</UserId><Account>123456789012</Account>\
                     </GetCallerIdentityResult></GetCallerIdentityResponse>"
                    ),
                ),
                Err(error) => (
                    403,
                    format!(
                        "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
                        error.code, error.message
                    ),
                ),
            };
            let length = answer.len();
            let told = format!(
                "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
            );
            stream.get_mut().write_all(told.as_bytes()).unwrap();
        }
    });
    address
}

fn head(stream: &mut impl BufRead) -> (String, HeaderMap) {
    let (mut lines, mut headers) = (stream.lines().map_while(Result::ok), HeaderMap::new());
    let first = lines.next().unwrap();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    (first, headers)
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn aws_believes_what_was_signed_and_nothing_else() {
    let sts = sts();
    let desk = StsIdentities::new(Sdk::emulator(&sts));
    let role = Sdk::lent(Some(sts), "us-east-1", Arc::new(Role));
    let signed = block(sign(&role, "desk.example AAEC+w==")).unwrap();
    let identity = block(desk.identify(&signed)).unwrap();
    assert_eq!((identity.account.as_str(), identity.arn.as_str()), ("123456789012", ARN));
    let changes: [Change; 6] = [
        ("another desk", |s| s.bound_to = "other.example AAEC+w==".into()),
        ("another key", |s| s.bound_to = "desk.example AAEC+x==".into()),
        ("another region", |s| s.region = "eu-west-1".into()),
        ("another time", |s| s.date = "20231114T221320Z".into()),
        ("another session", |s| s.session_token = "IQoJb4".into()),
        ("another signature", |s| s.signature = "0".repeat(64)),
    ];
    for (what, change) in changes {
        let mut altered = signed.clone();
        change(&mut altered);
        let answer = block(desk.identify(&altered));
        assert!(matches!(answer, Err(CallError::Refused { .. })), "{what}: {answer:?}");
    }
}

#[test]
fn keys_of_a_user_prove_no_instance() {
    let keys = Sdk::service("http://127.0.0.1:1", "us-east-1", Some(("AKIA".into(), SECRET.into())));
    let problem = block(sign(&keys, "desk.example AAEC+w==")).unwrap_err();
    assert!(problem.contains("no session token"), "{problem}");
}

#[test]
fn an_sts_that_does_not_answer_may_do_so_later() {
    let role = Sdk::lent(None, "us-east-1", Arc::new(Role));
    let signed = block(sign(&role, "desk.example AAEC+w==")).unwrap();
    let answer = block(StsIdentities::new(Sdk::emulator("http://127.0.0.1:1")).identify(&signed));
    assert!(matches!(answer, Err(CallError::Transient { .. })), "{answer:?}");
}
