//! The bundle of an order: brought to this machine, and found to be the one that was meant.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cutover_aws::object::{self, Object};
use cutover_aws::sdk::Sdk;
use cutover_aws::web::Web;
use cutover_ports::git_hub;
use cutover_wire::agent::order::{Bundle, Order, Work};

use crate::access;
use crate::bundle;
use crate::download::{Wanted, download};
use crate::identity::Identity;
use crate::machine::backoff::backoff;
use crate::on_premises::{self, OnPremises};
use crate::service::Service;

/// A service that cannot be asked: the first wait, the longest, and how many.
const FIRST_MS: u64 = 1_000;
const LONGEST_MS: u64 = 15_000;
const TRIES: u32 = 6;

/// Where bundles come from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The region of buckets that do not say another one.
    pub region: String,
    /// The keys of a host that is not on AWS.
    pub on_premises: Option<OnPremises>,
    /// Who this host is to the service, which lends it credentials or knows where a bundle is that is not for everybody.
    pub identity: Identity,
    /// In the place of S3 on AWS.
    pub s3_endpoint: Option<String>,
    /// GitHub's API.
    pub github_endpoint: String,
    /// The most bytes of a bundle.
    pub most_bytes: u64,
}

impl Sources {
    /// How S3 is asked: the keys of the file go first.
    fn sdk(&self) -> Result<Sdk, String> {
        match &self.on_premises {
            None if self.identity.signed_requests => {
                access::lent(&self.identity, None).map_err(|error| error.to_string())
            }
            keys => Ok(on_premises::sdk(keys.as_ref())),
        }
    }
}

/// Brings the bundle to `path`, unless it is on this machine, and checks it.
///
/// # Errors
/// When it cannot be had or is another one; in words.
pub(crate) fn fetch(order: &Order, path: &Path, sources: &Sources, stop: &AtomicBool) -> Result<(), String> {
    let work = &order.work;
    match &work.bundle {
        Bundle::Local { bundle_type, .. } => {
            if is_folder(path, bundle_type)? {
                return Ok(());
            }
        }
        Bundle::S3 { bucket, key, version, etag, .. } => {
            let object = Object { bucket, key, version: version.as_deref() };
            s3(object, etag.as_deref(), path, sources, stop)?;
        }
        Bundle::GitHub { repository, commit } => github((repository, commit), order, path, sources, stop)?,
    }
    let Some(expected) = &work.sha256 else { return Ok(()) };
    let digest = bundle::sha256(path);
    let digest = digest.map_err(|error| format!("the bundle {} cannot be read: {error}", path.display()))?;
    bundle::check_sha256(expected, &digest).map_err(|error| error.to_string())
}

fn is_folder(path: &Path, bundle_type: &str) -> Result<bool, String> {
    let shown = path.display();
    if !path.is_absolute() {
        return Err(format!("the bundle {shown} cannot be found: its path must start with /"));
    }
    let about =
        std::fs::metadata(path).map_err(|error| format!("the bundle {shown} cannot be read: {error}"))?;
    if about.is_dir() != (bundle_type == "directory") {
        let is = if about.is_dir() { "a directory" } else { "a file" };
        return Err(format!("the bundle {shown} is {is}, but the order says {bundle_type}"));
    }
    Ok(about.is_dir())
}

fn s3(
    object: Object<'_>,
    etag: Option<&str>,
    path: &Path,
    sources: &Sources,
    stop: &AtomicBool,
) -> Result<(), String> {
    let what = format!("s3://{}/{}", object.bucket, object.key);
    let wanted = Wanted { what, etag, most_bytes: sources.most_bytes };
    waiting(async {
        let (sdk, web) = (sources.sdk()?, Web::new());
        let unsigned = std::cell::RefCell::new(None);
        let make = async |region: Option<&str>| {
            let region = region.unwrap_or(&sources.region);
            let request = object::request(&sdk, object, region, sources.s3_endpoint.as_deref()).await?;
            unsigned.replace(request.unsigned);
            Ok((request.url, request.headers))
        };
        let done = download(&web, &wanted, path, stop, make).await;
        done.map_err(|problem| match unsigned.take() {
            Some(why) => {
                format!("{} (the request was not signed, no credentials were found: {why})", problem.words)
            }
            None => problem.words,
        })
    })
}

/// As everybody, and if GitHub does not show it to everybody, as the service may: it has the tokens, and tells an address.
fn github(
    (repository, commit): (&str, &str),
    order: &Order,
    path: &Path,
    sources: &Sources,
    stop: &AtomicBool,
) -> Result<(), String> {
    let url = git_hub::tarball(&sources.github_endpoint, repository, commit)
        .ok_or_else(|| format!("{repository}@{commit} is no commit on GitHub"))?;
    let what = format!("the commit {commit} of {repository} on GitHub");
    let wanted = Wanted { what, etag: None, most_bytes: sources.most_bytes };
    waiting(async {
        let web = Web::new();
        let anybody = async |_: Option<&str>| Ok((url.clone(), Vec::new()));
        let problem = match download(&web, &wanted, path, stop, anybody).await {
            Ok(()) => return Ok(()),
            Err(problem) if problem.is_hidden => problem.words,
            Err(problem) => return Err(problem.words),
        };
        let service = access::service(&sources.identity).map_err(|error| error.to_string())?;
        let told = async |_: Option<&str>| Ok((address(&service, order, stop).await?, Vec::new()));
        let done = download(&web, &wanted, path, stop, told).await;
        done.map_err(|other| format!("{problem}; {}", other.words))
    })
}

/// Where the service says that it is. One that does not answer is asked again, for about a minute.
async fn address(service: &Service, order: &Order, stop: &AtomicBool) -> Result<String, String> {
    let mut tries = 0;
    loop {
        match service.bundle_address(order).await {
            Ok(url) => return Ok(url),
            Err(error) if error.may_pass() && tries < TRIES && !stop.load(Ordering::Relaxed) => {
                let wait = backoff(tries, FIRST_MS, LONGEST_MS, &order.host);
                tokio::time::sleep(Duration::from_millis(wait)).await;
                tries += 1;
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Runs it here: a worker has nothing else to do meanwhile.
fn waiting<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("the bundle cannot be fetched: {error}"))?.block_on(work)
}

/// Where the bundle of an order is, or will be: `kept` is its place in the deployment's folder.
pub(crate) fn place(work: &Work, kept: PathBuf) -> PathBuf {
    match &work.bundle {
        Bundle::Local { path, .. } => PathBuf::from(path),
        Bundle::S3 { .. } | Bundle::GitHub { .. } => kept,
    }
}
