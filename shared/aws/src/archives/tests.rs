use std::io::{Cursor, Read};
use std::sync::Mutex;

use serde_json::{Value, json};
use zip::ZipArchive;

use super::*;
use crate::testing::{Answer, Request, service};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const KEY: &str = "b/cutover/0123.zip";

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status, body: body.into(), ..Answer::default() }
}

fn to(location: &str) -> Answer {
    Answer { headers: vec![("location", location.to_owned())], ..answer(302, "") }
}

/// A bucket, and whatever `elsewhere` answers for; keeps what it was asked.
async fn around(
    has: u16,
    put: u16,
    elsewhere: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<Request>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    let address = service(move |request| {
        kept.lock().unwrap().push(request.clone());
        if request.head.starts_with(&format!("HEAD /{KEY} ")) {
            return answer(has, "");
        }
        if request.head.starts_with(&format!("PUT /{KEY} ")) {
            return answer(put, "<Error><Code>No</Code><Message>Not now.</Message></Error>");
        }
        elsewhere(request)
    });
    (address.await, asked)
}

fn commit(source: Source, token: Option<&str>) -> Commit {
    let repository = if source == Source::Bitbucket { "space/web" } else { "web" };
    let (bucket, key) = KEY.split_once('/').unwrap();
    Commit {
        source,
        repository: repository.to_owned(),
        commit: COMMIT.to_owned(),
        token: token.map(str::to_owned),
        bucket: bucket.to_owned(),
        key: key.to_owned(),
    }
}

fn archives(address: &str) -> CommitArchives {
    CommitArchives::of(Sdk::emulator(address), address, Most { entries: 6, bytes: 64 })
}

/// Methods and paths.
fn lines(asked: &Mutex<Vec<Request>>) -> Vec<String> {
    let asked = asked.lock().unwrap();
    let line = |request: &Request| request.head.split(" HTTP").next().unwrap_or_default().to_owned();
    asked.iter().map(line).collect()
}

#[tokio::test]
async fn what_is_there_is_not_fetched_again() {
    let (address, asked) = around(200, 500, |_| answer(500, "")).await;
    for source in [Source::Bitbucket, Source::CodeCommit] {
        assert_eq!(archives(&address).bring(&commit(source, None)).await, Ok(()));
    }
    assert_eq!(lines(&asked), [format!("HEAD /{KEY}"), format!("HEAD /{KEY}")]);
    let asked = asked.lock().unwrap();
    assert!(asked[0].head.contains("/us-east-1/s3/aws4_request"), "{}", asked[0].head);
}

#[tokio::test]
async fn an_archive_of_bitbucket_is_put_as_it_is() {
    let archive = format!("/space/web/get/{COMMIT}.zip");
    // A bucket that may not be listed says 403 of what it lacks; what somebody else put is as good.
    for (has, put) in [(404, 200), (403, 412)] {
        let wanted = format!("GET {archive} ");
        let (address, asked) = around(has, put, move |request| match request.head.starts_with(&wanted) {
            true => answer(200, "PK, and what is in it"),
            false => answer(500, ""),
        })
        .await;
        let brought = archives(&address).bring(&commit(Source::Bitbucket, Some("t-1"))).await;
        assert_eq!(brought, Ok(()));
        assert_eq!(lines(&asked), [format!("HEAD /{KEY}"), format!("GET {archive}"), format!("PUT /{KEY}")]);
        let asked = asked.lock().unwrap();
        assert!(asked[1].head.contains("authorization: Bearer t-1\r\n"), "{}", asked[1].head);
        let put = &asked[2];
        assert_eq!(put.body, b"PK, and what is in it");
        assert!(put.head.contains("if-none-match: *\r\n"), "{}", put.head);
        let signed = put.head.split("SignedHeaders=").nth(1).unwrap_or_default();
        assert!(signed.starts_with("content-type;host;if-none-match;x-amz-content-sha256;"), "{signed}");
    }
}

#[tokio::test]
async fn the_token_goes_no_further_than_bitbucket() {
    let (other, led) = around(404, 200, |_| answer(200, "PK")).await;
    let elsewhere = format!("{other}/archive?signed=1");
    let (address, asked) = around(404, 200, move |request| match request.head.starts_with("GET /next ") {
        true => to(&elsewhere),
        false => to("/next"),
    })
    .await;
    assert_eq!(archives(&address).bring(&commit(Source::Bitbucket, Some("t-1"))).await, Ok(()));
    let with_token = |request: &Request| request.head.contains("t-1");
    let asked = asked.lock().unwrap();
    let gets: Vec<_> = asked.iter().filter(|request| request.head.starts_with("GET")).collect();
    assert!(gets.len() == 2 && gets.iter().all(|get| with_token(get)), "{gets:?}");
    assert_eq!(lines(&led), ["GET /archive?signed=1"]);
    assert!(!with_token(&led.lock().unwrap()[0]), "{led:?}");
}

#[tokio::test]
async fn what_bitbucket_does_not_give_is_not_put() {
    let refused = |message: &str| CallError::Refused { message: message.to_owned() };
    let named = format!("commit {COMMIT} of space/web at bitbucket");
    let hint = " (without a token, which a private repository needs)";
    let length =
        |length: &str| Answer { headers: vec![("content-length", length.to_owned())], ..answer(200, "") };
    for (given, expected) in [
        (answer(200, "P".repeat(65)), refused(&format!("{named} has more than 64 bytes"))),
        (length("65"), refused(&format!("{named} has more than 64 bytes"))),
        (to("/again"), refused("Bitbucket redirects more than 5 times")),
        (to("ftp://h"), refused("Bitbucket redirects to no address")),
        (answer(404, ""), CallError::Gone { what: format!("{named}{hint}") }),
        (
            answer(200, "<html>Log in"),
            CallError::Denied { message: format!("Bitbucket answered no zip for {named}{hint}") },
        ),
    ] {
        let (address, asked) = around(404, 200, move |_| given.clone()).await;
        assert_eq!(archives(&address).bring(&commit(Source::Bitbucket, None)).await, Err(expected));
        assert!(!lines(&asked).iter().any(|line| line.starts_with("PUT")), "{asked:?}");
    }
}

#[tokio::test]
async fn a_bucket_may_refuse() {
    let told = |message: &str| format!("No: Not now. (s3://{KEY}){message}");
    for (has, put, expected) in [
        (404, 403, CallError::Refused { message: told("") }),
        (404, 404, CallError::Gone { what: "the bucket b".to_owned() }),
        (404, 409, CallError::Transient { message: format!("s3://{KEY} is being changed") }),
        (404, 503, CallError::Transient { message: told("") }),
        (503, 200, CallError::Transient { message: format!("status 503 (s3://{KEY})") }),
    ] {
        let (address, _) = around(has, put, |_| answer(200, "PK")).await;
        assert_eq!(archives(&address).bring(&commit(Source::Bitbucket, None)).await, Err(expected));
    }
}

/// CodeCommit with these folders and contents, by path and by blob.
async fn code_commit(folders: Value, blobs: Value) -> (String, Arc<Mutex<Vec<Request>>>) {
    around(404, 200, move |request| {
        let input: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        assert_eq!(input["repositoryName"], "web");
        let (known, asked) = match () {
            () if request.head.contains("x-amz-target: CodeCommit_20150413.GetFolder\r\n") => {
                assert_eq!(input["commitSpecifier"], COMMIT);
                (&folders, &input["folderPath"])
            }
            () if request.head.contains("x-amz-target: CodeCommit_20150413.GetBlob\r\n") => {
                (&blobs, &input["blobId"])
            }
            () => return answer(500, ""),
        };
        match known.get(asked.as_str().unwrap_or_default()) {
            Some(known) => answer(200, known.to_string()),
            None => answer(400, r#"{"__type":"CommitDoesNotExistException","message":"No."}"#),
        }
    })
    .await
}

fn entry(path: &str, blob: &str, mode: &str) -> Value {
    json!({ "absolutePath": path, "blobId": blob, "fileMode": mode })
}

#[tokio::test]
async fn a_commit_of_code_commit_is_packed() {
    let folders = json!({
        "/": {
            "files": [entry("z.txt", "1", "NORMAL"), entry("appspec.yml", "2", "NORMAL")],
            "subFolders": [{ "absolutePath": "bin" }],
        },
        "/bin": { "subFolders": [{ "absolutePath": "bin/deep" }] },
        "/bin/deep": {
            "files": [entry("bin/deep/run", "3", "EXECUTABLE")],
            "symbolicLinks": [entry("bin/deep/link", "4", "SYMLINK")],
        },
    });
    // "last", "version: 0.0", "#!/bin/sh" and "../../z.txt".
    let blobs = json!({
        "1": { "content": "bGFzdA==" }, "2": { "content": "dmVyc2lvbjogMC4w" },
        "3": { "content": "IyEvYmluL3No" }, "4": { "content": "Li4vLi4vei50eHQ=" },
    });
    let (address, asked) = code_commit(folders, blobs).await;
    for _ in 0..2 {
        assert_eq!(archives(&address).bring(&commit(Source::CodeCommit, None)).await, Ok(()));
    }
    let asked = asked.lock().unwrap();
    let puts: Vec<_> = asked.iter().filter(|request| request.head.starts_with("PUT")).collect();
    assert_eq!(puts.len(), 2);
    assert_eq!(puts[0].body, puts[1].body, "the same bytes at every time");
    let mut zip = ZipArchive::new(Cursor::new(&puts[0].body)).unwrap();
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let (name, mode) = (file.name().unwrap().into_owned(), file.unix_mode().unwrap());
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        found.push((name, mode, content));
    }
    let is = |name: &str, mode, content: &str| (name.to_owned(), mode, content.to_owned());
    assert_eq!(
        found,
        [
            is("appspec.yml", 0o100_644, "version: 0.0"),
            is("bin/deep/link", 0o120_777, "../../z.txt"),
            is("bin/deep/run", 0o100_755, "#!/bin/sh"),
            is("z.txt", 0o100_644, "last"),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_packed_is_not_put() {
    let refused = |problem: &str| CallError::Refused {
        message: format!("commit {COMMIT} of web at codecommit{problem}"),
    };
    let many: Vec<_> = (0..7).map(|n| entry(&format!("{n}"), "1", "NORMAL")).collect();
    let twice = [entry("a", "1", "NORMAL"), entry("b", "1", "NORMAL")];
    for (folders, expected) in [
        (json!({}), CallError::Gone { what: format!("commit {COMMIT} of web at codecommit") }),
        (
            json!({ "/": { "subModules": [{ "absolutePath": "lib/x" }] } }),
            refused(": lib/x is a submodule, whose commit CodeCommit does not have"),
        ),
        (
            json!({ "/": { "files": [entry("a/../../b", "1", "NORMAL")] } }),
            refused(": \"a/../../b\" is no path of a file"),
        ),
        (json!({ "/": { "files": [entry("/a", "1", "NORMAL")] } }), refused(": \"/a\" is no path of a file")),
        (json!({ "/": { "files": many } }), refused(": it has more than 6 files and folders")),
        (json!({ "/": { "files": twice } }), refused(" has more than 64 bytes")),
    ] {
        // 48 bytes.
        let (address, asked) = code_commit(folders, json!({ "1": { "content": "QUJD".repeat(16) } })).await;
        assert_eq!(archives(&address).bring(&commit(Source::CodeCommit, None)).await, Err(expected));
        assert!(!lines(&asked).iter().any(|line| line.starts_with("PUT")), "{asked:?}");
    }
}

#[tokio::test]
async fn other_sources_have_no_archives() {
    let (address, _) = around(404, 200, |_| answer(500, "")).await;
    let brought = archives(&address).bring(&commit(Source::GitHub, None)).await;
    let message = "commits of github are not brought into S3".to_owned();
    assert_eq!(brought, Err(CallError::Refused { message }));
}
