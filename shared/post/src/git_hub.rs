//! Where GitHub gives out the archive of a commit, asked with a token: GitHub answers with an address that is good for some
//! minutes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::git_hub::{GitHub, tarball};
use hyper::Uri;
use tokio::sync::Mutex;

use crate::place::Places;
use crate::poster::Poster;

/// GitHub's API, unless somebody says otherwise.
const API: &str = "https://api.github.com";
/// How long an answer is given again: a thousand hosts of one deployment are one request. GitHub's addresses are good for
/// five minutes.
const REMEMBERED: Duration = Duration::from_secs(60);
/// The most answers that are remembered.
const MOST: usize = 256;
/// The longest address that is handed on.
const MOST_CHARS: usize = 4_096;

/// What GitHub said, and when.
type Told = (Instant, Result<String, CallError>);

/// GitHub, or GitHub Enterprise Server.
#[derive(Debug)]
pub struct Api {
    url: String,
    poster: Poster,
    told: Mutex<HashMap<[String; 3], Told>>,
}

impl Api {
    /// With its API at this address, which the operator has chosen: it may be anywhere.
    pub fn new(url: &str) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        Self { url, poster: Poster::new(Places::All), told: Mutex::default() }
    }

    /// At `CUTOVER_GITHUB_API`, or else GitHub's own.
    pub fn from_env() -> Self {
        let url = std::env::var("CUTOVER_GITHUB_API").ok().filter(|url| !url.trim().is_empty());
        Self::new(url.as_deref().unwrap_or(API))
    }

    async fn ask(&self, repository: &str, commit: &str, token: &str) -> Result<String, CallError> {
        let what = format!("the commit {commit} of {repository}");
        let none = || CallError::Refused { message: format!("{what} is none on GitHub") };
        let url = tarball(&self.url, repository, commit).ok_or_else(none)?;
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("user-agent", "cutover")];
        let (status, next) = self.poster.look(&url, &headers).await?;
        match (status, next) {
            (301 | 302 | 307 | 308, Some(next)) if may_lead(&self.url, &next) => Ok(next),
            (300..=399, _) => {
                let message = format!("GitHub leads to another address than one of its own for {what}");
                Err(CallError::Refused { message })
            }
            (401 | 403, _) => {
                Err(CallError::Denied { message: format!("GitHub answers {status} for {what}") })
            }
            (404, _) => Err(CallError::Gone { what }),
            (408 | 429 | 500.., _) => {
                Err(CallError::Transient { message: format!("GitHub answers {status} for {what}") })
            }
            _ => Err(CallError::Refused { message: format!("GitHub answers {status} for {what}") }),
        }
    }
}

#[async_trait]
impl GitHub for Api {
    async fn archive(&self, repository: &str, commit: &str, token: &str) -> Result<String, CallError> {
        // Held while GitHub is asked: whoever comes meanwhile finds the answer.
        let mut told = self.told.lock().await;
        let key = [repository, commit, token].map(str::to_owned);
        told.retain(|_, (at, _)| at.elapsed() < REMEMBERED);
        if let Some((_, answer)) = told.get(&key) {
            return answer.clone();
        }
        let answer = self.ask(repository, commit, token).await;
        if !matches!(answer, Err(CallError::Transient { .. })) && told.len() < MOST {
            told.insert(key, (Instant::now(), answer.clone()));
        }
        answer
    }
}

/// Whether GitHub with its API here gives out archives there: on the same host, or on the one named `codeload` beside it, and
/// not without TLS where the API has it.
fn may_lead(api: &str, next: &str) -> bool {
    let parts = |text: &str| {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let plain = !authority.as_str().contains('@');
        plain
            .then(|| (uri.scheme_str().unwrap_or_default().to_owned(), authority.host().to_ascii_lowercase()))
    };
    let Some(((scheme, host), (next_scheme, next_host))) = parts(api).zip(parts(next)) else { return false };
    let site = host.strip_prefix("api.").unwrap_or(&host);
    let beside = next_host == host || next_host == site || next_host == format!("codeload.{site}");
    beside && scheme == next_scheme && next.len() <= MOST_CHARS
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers every request so, with its own address for HERE; the address, and how often it was asked.
    async fn git_hub(answer: &'static str) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let count = Arc::new(AtomicUsize::new(0));
        let (counted, here) = (Arc::clone(&count), url.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut lines = BufReader::new(stream).lines();
                let mut head = Vec::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line.is_empty() {
                        break;
                    }
                    head.push(line);
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let good = head[0] == "GET /repos/o/r/tarball/c0ffee HTTP/1.1"
                    && head.iter().any(|line| line.eq_ignore_ascii_case("authorization: Bearer t0ken"))
                    && head.iter().any(|line| line.starts_with("user-agent:"));
                let answer = if good { answer } else { "HTTP/1.1 401 No\r\n\r\n" };
                let told = answer.replace("HERE", &here);
                let _ = lines.into_inner().write_all(told.as_bytes()).await;
            }
        });
        (url, count)
    }

    #[tokio::test]
    async fn an_address_is_asked_for_once_in_a_minute() {
        let (url, asked) =
            git_hub("HTTP/1.1 302 Found\r\nlocation: HERE/a?token=x\r\ncontent-length: 0\r\n\r\n").await;
        let api = Api::new(&format!("{url}/"));
        for _ in 0..3 {
            assert_eq!(api.archive("o/r", "c0ffee", "t0ken").await, Ok(format!("{url}/a?token=x")));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        // What another token shows is another question.
        let other = api.archive("o/r", "c0ffee", "other").await;
        assert!(matches!(other, Err(CallError::Denied { .. })), "{other:?}");
    }

    #[tokio::test]
    async fn what_git_hub_refuses_is_told_and_what_passes_is_asked_again() {
        for (answer, again, part) in [
            ("HTTP/1.1 404 No\r\n\r\n", 1, "does not exist"),
            ("HTTP/1.1 403 No\r\n\r\n", 1, "403"),
            ("HTTP/1.1 302 F\r\nlocation: http://elsewhere.example/a\r\n\r\n", 1, "another address"),
            ("HTTP/1.1 200 OK\r\n\r\n", 1, "200"),
            ("HTTP/1.1 502 Oh\r\n\r\n", 2, "502"),
        ] {
            let (url, asked) = git_hub(answer).await;
            let api = Api::new(&url);
            for _ in 0..2 {
                let told = api.archive("o/r", "c0ffee", "t0ken").await.expect_err(answer).to_string();
                assert!(told.contains(part) && !told.contains("t0ken"), "{told}");
            }
            assert_eq!(asked.load(Ordering::SeqCst), again, "{answer}");
        }
        let api = Api::new("http://127.0.0.1:1");
        for (repository, commit) in
            [("o", "c"), ("o/r/x", "c"), ("o/..", "c"), ("o/r", "c/d"), ("o/r", "c?x"), ("o/r", "")]
        {
            let told = api.archive(repository, commit, "t").await;
            assert!(matches!(told, Err(CallError::Refused { .. })), "{repository} {commit}: {told:?}");
        }
    }

    #[test]
    fn archives_are_git_hubs_own() {
        for (api, next, may) in [
            (API, "https://codeload.github.com/o/r/legacy.tar.gz/c?token=x", true),
            (API, "https://github.com/a", true),
            (API, "http://codeload.github.com/a", false),
            (API, "https://codeload.github.com.evil.example/a", false),
            (API, "https://codeload.github.com@evil.example/a", false),
            (API, "https://evil.example/codeload.github.com", false),
            (API, "/relative", false),
            ("https://ghe.example/api/v3", "https://codeload.ghe.example/a", true),
            ("https://ghe.example/api/v3", "https://ghe.example/_codeload/a", true),
            ("https://ghe.example/api/v3", "https://codeload.github.com/a", false),
            ("http://127.0.0.1:1", "http://127.0.0.1:2/a", true),
        ] {
            assert_eq!(may_lead(api, next), may, "{api} {next}");
        }
    }
}
