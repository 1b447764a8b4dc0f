//! Bitbucket Cloud, which packs a commit for whoever asks: `/WORKSPACE/NAME/get/COMMIT.zip`.
//!
//! Everything in it lies in one folder, `WORKSPACE-NAME-COMMIT`. It stays there: hosts take a lone folder with an
//! AppSpec in it away (`agent/src/bundle/top.rs`), as they do with GitHub's archives.

use std::io;
use std::time::Duration;

use cutover_ports::archives::Commit;
use cutover_ports::call::CallError;
use hyper::Uri;

use super::{LazyWeb, Most, named, too_large};
use crate::signed::encode;
use crate::web::{Stream, Web};

/// Bitbucket answers when it has packed.
const HEAD: Duration = Duration::from_secs(20);
/// How long a piece may take.
const PIECE: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 5;
/// What every zip begins with.
const ZIP: &[u8] = b"PK";

/// Scheme, host and port: whom a request goes to.
type Origin = (String, String, u16);

#[derive(Debug, Clone)]
pub(super) struct Bitbucket {
    base: String,
    most: Most,
    web: LazyWeb,
}

impl Bitbucket {
    pub(super) fn new(base: &str, most: Most, web: LazyWeb) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), most, web }
    }

    /// The archive of a commit, as Bitbucket packs it.
    pub(super) async fn archive(&self, commit: &Commit) -> Result<Vec<u8>, CallError> {
        let mut answer = self.found(commit).await?;
        let zip = answer.whole(self.most.bytes, PIECE).await.map_err(lost)?;
        let zip = zip.ok_or_else(|| too_large(commit, self.most))?;
        // Whoever may not see a repository may be led to a page to log in at.
        if !zip.starts_with(ZIP) {
            let message = format!("Bitbucket answered no zip for {}{}", named(commit), seen(commit));
            return Err(CallError::Denied { message });
        }
        Ok(zip)
    }

    /// Follows redirects. The token is for Bitbucket alone.
    async fn found(&self, commit: &Commit) -> Result<Stream, CallError> {
        let no_address = || refused(format!("{} is no address of Bitbucket", self.base));
        let home = origin(&self.base).ok_or_else(no_address)?;
        let mut url = format!("{}/{}", self.base, path(commit).ok_or_else(|| refused(unnamed(commit)))?);
        let mut token = commit.token.as_ref().map(|token| format!("Bearer {token}"));
        for _ in 0..=MOST_REDIRECTS {
            let at = origin(&url).ok_or_else(|| refused("Bitbucket redirects to no address".to_owned()))?;
            if !may_go(&at, &home) {
                return Err(refused("Bitbucket redirects to an address without TLS".to_owned()));
            }
            if at != home {
                token = None;
            }
            let mut headers = vec![("user-agent", "cutover")];
            headers.extend(token.as_deref().map(|token| ("authorization", token)));
            let answer = self.web.get_or_init(Web::new).get(&url, &headers, HEAD).await.map_err(lost)?;
            match answer.status {
                200 => return Ok(answer),
                301 | 302 | 303 | 307 | 308 => url = redirected(&at, &answer),
                status => return Err(refusal(status, commit)),
            }
        }
        Err(refused(format!("Bitbucket redirects more than {MOST_REDIRECTS} times")))
    }
}

/// `None` when the commit's names could lead elsewhere.
fn path(commit: &Commit) -> Option<String> {
    let plain = |name: &str| !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    let (workspace, name) = commit.repository.split_once('/')?;
    let hex = !commit.commit.is_empty() && commit.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let path = || format!("{}/get/{}.zip", encode(&commit.repository, true), commit.commit);
    (plain(workspace) && plain(name) && hex).then(path)
}

fn unnamed(commit: &Commit) -> String {
    format!("{}: Bitbucket has WORKSPACE/NAME, and ids of commits in hexadecimal", named(commit))
}

fn origin(url: &str) -> Option<Origin> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let usual = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    Some((scheme.to_owned(), uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(usual)))
}

/// Without TLS only for somebody whose Bitbucket has none.
fn may_go((to, ..): &Origin, (home, ..): &Origin) -> bool {
    to == "https" || home == "http"
}

/// Where an answer leads to: an address of its own, or a path of whoever answered.
fn redirected((scheme, host, port): &Origin, answer: &Stream) -> String {
    let to = answer.headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
    if to.starts_with("//") {
        format!("{scheme}:{to}")
    } else if to.starts_with('/') {
        format!("{scheme}://{host}:{port}{to}")
    } else {
        to.to_owned()
    }
}

fn refusal(status: u16, commit: &Commit) -> CallError {
    let message = format!("Bitbucket answered {status} for {}{}", named(commit), seen(commit));
    match status {
        404 => CallError::Gone { what: format!("{}{}", named(commit), seen(commit)) },
        401 | 403 => CallError::Denied { message },
        408 | 429 | 500.. => CallError::Transient { message },
        _ => CallError::Refused { message },
    }
}

/// What a private repository may be missing.
fn seen(commit: &Commit) -> &'static str {
    match commit.token {
        Some(_) => " (as far as its token may read)",
        None => " (without a token, which a private repository needs)",
    }
}

fn refused(message: String) -> CallError {
    CallError::Refused { message }
}

fn lost(error: io::Error) -> CallError {
    let message = format!("Bitbucket: {error}");
    match error.kind() {
        io::ErrorKind::InvalidInput => refused(message),
        _ => CallError::Transient { message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(repository: &str, id: &str) -> Commit {
        let (bucket, key) = ("b".to_owned(), "k".to_owned());
        let (repository, commit) = (repository.to_owned(), id.to_owned());
        let source = cutover_core::trigger::push::Source::Bitbucket;
        Commit { source, repository, commit, token: None, bucket, key }
    }

    #[test]
    fn names_lead_to_archives_only() {
        assert_eq!(path(&commit("w/a b", "0aF")).as_deref(), Some("w/a%20b/get/0aF.zip"));
        for (repository, id) in [
            ("w", "0a"),
            ("w/", "0a"),
            ("w/..", "0a"),
            ("../n", "0a"),
            ("w/n/m", "0a"),
            ("w/n", ""),
            ("w/n", "../0a"),
        ] {
            assert_eq!(path(&commit(repository, id)), None, "{repository} {id}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let is = |scheme: &str, host: &str, port| Some((scheme.to_owned(), host.to_owned(), port));
        for (url, expected) in [
            ("https://Bitbucket.org", is("https", "bitbucket.org", 443)),
            ("https://bitbucket.org:443/a?b", is("https", "bitbucket.org", 443)),
            ("https://bitbucket.org@other/", is("https", "other", 443)),
            ("http://h:8/x", is("http", "h", 8)),
            ("ftp://h/x", None),
            ("x/y", None),
            ("", None),
        ] {
            assert_eq!(origin(url), expected, "{url}");
        }
    }

    #[test]
    fn tls_is_not_given_up() {
        for (to, home, may) in [
            ("https://h", "https://bitbucket.org", true),
            ("http://bitbucket.org", "https://bitbucket.org", false),
            ("http://h", "http://bitbucket.org", true),
            ("https://h", "http://bitbucket.org", true),
        ] {
            let (to, home) = (origin(to).unwrap(), origin(home).unwrap());
            assert_eq!(may_go(&to, &home), may, "{to:?} from {home:?}");
        }
    }

    #[test]
    fn refusals_say_what_can_be_done() {
        let asked = commit("w/n", "0a");
        let told = |status| refusal(status, &asked);
        assert!(matches!(told(404), CallError::Gone { what } if what.contains("a private repository needs")));
        assert!(
            matches!(told(401), CallError::Denied { .. }) && matches!(told(403), CallError::Denied { .. })
        );
        assert!(
            matches!(told(429), CallError::Transient { .. })
                && matches!(told(502), CallError::Transient { .. })
        );
        assert!(matches!(told(410), CallError::Refused { .. }));
    }
}
