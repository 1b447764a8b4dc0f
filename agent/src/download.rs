//! A bundle from somewhere else: one GET, resumed where it broke off, to a file that gets its name when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cutover_aws::web::{Stream, Web};

use crate::bundle;

/// How long the head of an answer may take, and each piece after it.
const HEAD: Duration = Duration::from_secs(30);
const PIECE: Duration = Duration::from_secs(60);
/// How long all of it may take, as the scripts of one event.
const ALL: Duration = Duration::from_secs(3_600);
/// Tries without a single byte in between, and the wait after the first of them; it doubles.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Redirects that are followed: GitHub's archives are elsewhere, and so may be a bucket's region.
const HOPS: usize = 3;

/// What to fetch, and how to know it.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// In words, for messages: `s3://bucket/key`.
    pub(crate) what: String,
    /// The ETag that it must have.
    pub(crate) etag: Option<&'a str>,
    /// The most bytes that it may have.
    pub(crate) most_bytes: u64,
}

/// A request: its address and headers.
pub(crate) type Request = (String, Vec<(String, String)>);

/// Why it was not fetched.
#[derive(Debug)]
pub(crate) struct Problem {
    /// In words.
    pub(crate) words: String,
    /// Others may be shown it.
    pub(crate) is_hidden: bool,
}

impl From<String> for Problem {
    fn from(words: String) -> Self {
        Self { words, is_hidden: false }
    }
}

enum Failed {
    /// It will not work at another time either.
    Refused(String),
    /// Nor will this; but it may be there for somebody else.
    Hidden(String),
    /// It may.
    Broken(String),
    /// The bucket is in another region.
    Elsewhere(String),
}

/// Fetches it to `path`. `make` makes a request anew for every try, since signatures age; it is given the region
/// that the last answer named.
///
/// # Errors
/// When it cannot be had, is another one than was meant, or `stop` became true.
pub(crate) async fn download(
    web: &Web,
    wanted: &Wanted<'_>,
    path: &Path,
    stop: &AtomicBool,
    make: impl AsyncFn(Option<&str>) -> Result<Request, String>,
) -> Result<(), Problem> {
    let part = path.with_extension("part");
    let mut fetch = Fetch { web, wanted, file: None, part: &part, bytes: 0, etag: None, stop };
    let (mut tries, mut wait, mut region, began) = (0, FIRST_WAIT, None::<String>, Instant::now());
    loop {
        let before = fetch.bytes;
        let problem = match fetch.once(make(region.as_deref()).await?).await {
            Ok(()) => break,
            Err(Failed::Refused(problem)) => return Err(problem.into()),
            Err(Failed::Hidden(words)) => return Err(Problem { words, is_hidden: true }),
            Err(Failed::Elsewhere(other)) if region.is_none() => {
                region = Some(other);
                continue;
            }
            Err(Failed::Elsewhere(other)) => return Err(format!("{} is in {other}", wanted.what).into()),
            Err(Failed::Broken(problem)) => problem,
        };
        if fetch.bytes > before {
            (tries, wait) = (0, FIRST_WAIT);
        }
        tries += 1;
        if stop.load(Ordering::Relaxed) {
            return Err("the agent was asked to stop".to_owned().into());
        }
        if tries >= TRIES || began.elapsed() > ALL {
            return Err(format!("{} cannot be fetched: {problem}", wanted.what).into());
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    let disk = |error: io::Error| format!("{} cannot be written: {error}", part.display());
    if let Some(file) = fetch.file {
        file.sync_all().map_err(disk)?;
    }
    Ok(fs::rename(&part, path).map_err(disk)?)
}

struct Fetch<'a> {
    web: &'a Web,
    wanted: &'a Wanted<'a>,
    part: &'a Path,
    file: Option<File>,
    bytes: u64,
    /// Of what is there so far: only more of the very same is put behind it.
    etag: Option<String>,
    stop: &'a AtomicBool,
}

impl Fetch<'_> {
    async fn once(&mut self, (mut url, mut headers): Request) -> Result<(), Failed> {
        let range = format!("bytes={}-", self.bytes);
        for _ in 0..=HOPS {
            let mut sent: Vec<_> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            if let (1.., Some(etag)) = (self.bytes, &self.etag) {
                sent.extend([("range", range.as_str()), ("if-range", etag)]);
            }
            sent.push(("user-agent", "cutover-agent"));
            let answer = self.web.get(&url, &sent, HEAD).await;
            let mut answer = answer.map_err(|error| Failed::Broken(error.to_string()))?;
            let header = |name: &str| answer.headers.get(name)?.to_str().ok().map(str::to_owned);
            let moved = header("x-amz-bucket-region").filter(|_| [301, 307, 400].contains(&answer.status));
            if let Some(region) = moved {
                return Err(Failed::Elsewhere(region));
            }
            if let (301 | 302 | 303 | 307 | 308, Some(next)) = (answer.status, header("location")) {
                // What signed the one request is nobody else's business.
                headers.clear();
                if url.starts_with("https://") && !next.starts_with("https://") {
                    return Err(Failed::Refused(format!(
                        "{} leads to {next}, without TLS",
                        self.wanted.what
                    )));
                }
                url = next;
                continue;
            }
            return self.take(&mut answer).await;
        }
        Err(Failed::Refused(format!("{} leads from one address to another without an end", self.wanted.what)))
    }

    async fn take(&mut self, answer: &mut Stream) -> Result<(), Failed> {
        let etag = answer.headers.get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        match answer.status {
            206 if etag == self.etag => {}
            200 => (self.file, self.bytes) = (None, 0),
            status => return Err(self.refused(status, answer).await),
        }
        if let (Some(expected), Some(actual)) = (self.wanted.etag, &etag) {
            bundle::check_etag(expected, actual).map_err(|error| Failed::Refused(error.to_string()))?;
        }
        self.etag = etag;
        let disk = |error: io::Error| Failed::Refused(format!("the bundle cannot be written: {error}"));
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                OpenOptions::new().write(true).create(true).truncate(true).open(self.part).map_err(disk)?
            }
        };
        let ended = loop {
            match answer.next(PIECE).await {
                Err(error) => break Err(Failed::Broken(error.to_string())),
                Ok(None) => break Ok(()),
                Ok(Some(piece)) => {
                    if self.stop.load(Ordering::Relaxed) {
                        return Err(Failed::Refused("the agent was asked to stop".to_owned()));
                    }
                    file.write_all(&piece).map_err(disk)?;
                    self.bytes += piece.len() as u64;
                    if self.bytes > self.wanted.most_bytes {
                        let (what, most) = (&self.wanted.what, self.wanted.most_bytes);
                        return Err(Failed::Refused(format!("{what} has more than {most} bytes")));
                    }
                }
            }
        };
        self.file = Some(file);
        ended
    }

    /// What an answer means that is not the bundle; S3 says why in XML.
    async fn refused(&self, status: u16, answer: &mut Stream) -> Failed {
        let said = answer.next(HEAD).await.ok().flatten().unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        let tag = |name: &str| {
            let rest = said.split_once(&format!("<{name}>"))?.1;
            Some(rest.split_once("</")?.0.to_owned())
        };
        let told = match (tag("Code"), tag("Message")) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            _ => format!("status {status}"),
        };
        if status >= 500 || [206, 408, 416, 429].contains(&status) {
            return Failed::Broken(told);
        }
        let words = format!("{} cannot be fetched: {told}", self.wanted.what);
        if [401, 403, 404].contains(&status) { Failed::Hidden(words) } else { Failed::Refused(words) }
    }
}
