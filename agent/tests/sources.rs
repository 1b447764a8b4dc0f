//! Bundles from S3 and GitHub, which are played by a web server on 127.0.0.1.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::{Arc, Mutex};

use common::Host;
use common::agent::{Agent, HOOK, SPEC, enrolled, run_with};
use common::service::{Service, order};
use cutover_wire::agent::order::{Bundle, Order};
use cutover_wire::agent::report::{EventStatus, News, Report};

/// An answer: status, headers, body, and how much of the body is sent before the connection breaks.
type Answer = (u16, String, Vec<u8>, usize);

/// A web server that gives one answer after another; what it was asked, head by head.
fn web(answers: Vec<Answer>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for (status, headers, body, whole) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<_> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            heard.lock().unwrap().push(head.join("\n").to_lowercase());
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&body[..whole.min(length)]);
        }
    });
    (address, asked)
}

fn archive(host: &Host) -> Vec<u8> {
    let bundle = host.bundle("b", SPEC, &[("web/a", "one"), ("hook", HOOK)]);
    let tar = host.path("b.tgz");
    let packed = Command::new("tar").arg("-czf").arg(&tar).arg("-C").arg(&bundle).arg(".").status().unwrap();
    assert!(packed.success());
    fs::read(tar).unwrap()
}

fn agent(host: &Host, address: SocketAddr) -> Agent {
    let config = format!(":s3_endpoint_override: http://{address}\n:github_api_endpoint: http://{address}\n");
    fs::write(host.path("config.yml"), config).unwrap();
    run_with(host, |command| {
        command.arg("--config").arg(host.path("config.yml"));
        command.env("AWS_ACCESS_KEY_ID", "AKID").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
    })
}

fn s3(id: &str, etag: Option<&str>) -> Order {
    let mut order = order(id, std::path::Path::new("/unused"));
    let (bucket, key, etag) = ("b".into(), "a b.tgz".into(), etag.map(str::to_owned));
    order.work.bundle =
        Bundle::S3 { bucket, key, bundle_type: "tgz".into(), version: Some("v1".into()), etag };
    order
}

fn problem(service: &Service, id: &str) -> String {
    let report: Report = service.result(id);
    let failed = report.events.iter().find(|event| event.status == EventStatus::Failed).unwrap();
    assert_eq!(failed.event, "DownloadBundle", "{report:#?}");
    failed.diagnostics.as_ref().unwrap().message.clone()
}

#[test]
fn a_download_that_breaks_off_goes_on_where_it_was() {
    let (host, service) = enrolled();
    let whole = archive(&host);
    let (half, etag) = (whole.len() / 2, "etag: \"e1\"\r\n".to_owned());
    let (address, asked) = web(vec![
        (503, String::new(), b"<Error><Code>SlowDown</Code><Message>Slow.</Message></Error>".to_vec(), 999),
        (200, etag.clone(), whole.clone(), half),
        (206, etag, whole[half..].to_vec(), usize::MAX),
    ]);
    let _agent = agent(&host, address);
    service.order(&s3("aa", Some("e1")));
    let report = service.result("aa");
    assert_eq!(report.news, News::Succeeded, "{report:#?}");
    assert_eq!(
        (host.read("app/a"), fs::read(host.path("root/g/d-AA/bundle.tar")).unwrap()),
        ("one".into(), whole)
    );
    let asked = asked.lock().unwrap();
    assert!(asked[0].starts_with("get /b/a%20b.tgz?versionid=v1 http/1.1"), "{asked:?}");
    assert!(
        asked[0].contains("credential=akid/") && asked[0].contains("/us-east-1/s3/aws4_request"),
        "{asked:?}"
    );
    assert!(!asked[1].contains("range:") && asked[2].contains(&format!("range: bytes={half}-")), "{asked:?}");
    assert!(asked[2].contains("if-range: \"e1\""), "{asked:?}");
}

#[test]
fn what_is_here_is_not_fetched_again_when_that_will_do() {
    let (host, service) = enrolled();
    let (address, asked) = web(vec![(200, String::new(), archive(&host), usize::MAX)]);
    let _agent = agent(&host, address);
    service.order(&s3("aa", None));
    assert_eq!(service.result("aa").news, News::Succeeded);
    let mut again = s3("bb", None);
    (again.generation, again.work.reuse) = (2, true);
    service.order(&again);
    let report = service.result("bb");
    assert_eq!(report.news, News::Succeeded, "{report:#?}");
    assert_eq!(asked.lock().unwrap().len(), 1);
    let bundle = |id: &str| fs::read(host.path(&format!("root/g/d-{id}/bundle.tar"))).unwrap();
    assert_eq!(bundle("AA"), bundle("BB"));
    let log = host.read("root/g/d-BB/logs/scripts.log");
    assert!(log.contains("is not fetched again"), "{log}");
}

#[test]
fn another_bundle_than_was_meant_is_refused() {
    let (host, service) = enrolled();
    let whole = archive(&host);
    let ok = |etag: &str| (200, format!("etag: \"{etag}\"\r\n"), whole.clone(), usize::MAX);
    let denied = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>".to_vec();
    let (address, _) = web(vec![ok("other"), ok("e1"), (403, String::new(), denied, usize::MAX)]);
    let _agent = agent(&host, address);
    service.order(&s3("aa", Some("e1")));
    let told = problem(&service, "aa");
    assert!(told.contains("e1") && told.contains("other"), "{told}");
    let (mut wrong, mut shut) = (s3("bb", None), s3("cc", None));
    wrong.work.sha256 = Some("0".repeat(64));
    (wrong.generation, shut.generation) = (2, 3);
    service.order(&wrong);
    assert!(problem(&service, "bb").contains("sha256"), "{}", problem(&service, "bb"));
    service.order(&shut);
    let told = problem(&service, "cc");
    assert!(told.contains("s3://b/a b.tgz cannot be fetched: AccessDenied: Access Denied"), "{told}");
    assert!(!host.path("app").exists());
}

#[test]
fn a_commit_on_github_is_followed_to_its_archive() {
    let (host, service) = enrolled();
    let whole = archive(&host);
    let (archive, _) = web(vec![(200, String::new(), whole, usize::MAX)]);
    let to = format!("location: http://{archive}/archive\r\n");
    let (address, asked) = web(vec![(302, to, Vec::new(), usize::MAX)]);
    let _agent = agent(&host, address);
    let mut next = order("aa", std::path::Path::new("/unused"));
    next.work.bundle = Bundle::GitHub { repository: "o/r".into(), commit: "c0ffee".into() };
    service.order(&next);
    let report = service.result("aa");
    assert_eq!(report.news, News::Succeeded, "{report:#?}");
    assert_eq!(host.read("app/a"), "one");
    assert!(asked.lock().unwrap()[0].starts_with("get /repos/o/r/tarball/c0ffee"));
}
