//! The hands of the agent: a thread that carries out the events of one order when it is told to.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use cutover_appspec::FileExistsBehavior;
use cutover_wire::agent::order::{Bundle as From, Order};
use cutover_wire::agent::report::{Diagnostics as Told, EventStatus, LOG_CHARS};

use crate::bundle::{BundleType, Limits};
use crate::deployment::{Deployment, Ended, Run, Status};
use crate::diagnostics::Diagnostics;
use crate::events::{DOWNLOAD, EVENTS};
use crate::fetch::{self, Sources};
use crate::hooks::{Bundle, Names};
use crate::kept;
use crate::layout::Root;
use crate::log::Log;

/// The most characters of a message that a report carries.
const MESSAGE_CHARS: usize = 4_000;

/// Where and within which bounds a worker works.
#[derive(Debug, Clone)]
pub struct Place {
    /// The deployment root.
    pub root: Root,
    /// What destinations are put under.
    pub install_root: Option<PathBuf>,
    /// How many revisions stay, unless the order says it.
    pub keep: u16,
    /// The most bytes that a bundle may come to.
    pub most_bytes: u64,
    /// Where bundles come from.
    pub sources: Sources,
}

/// An event that is over.
#[derive(Debug)]
pub struct Over {
    /// The order's id.
    pub order: String,
    /// The event's place in the order.
    pub at: usize,
    /// What became of it.
    pub status: EventStatus,
    /// How it ended, unless all was well.
    pub diagnostics: Option<Told>,
    /// What is doubtful about the revision.
    pub warnings: Vec<String>,
    /// Nothing of weight happens at the next event.
    pub quiet_next: bool,
}

/// A thread at work; it ends when this is dropped and its event is over.
#[derive(Debug)]
pub struct Worker {
    run: Sender<usize>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    /// Begins an order: the bundle is fetched and unpacked and the install planned when its first event is asked
    /// for. `tell` hears of every event that is over.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn begin(order: Order, place: Place, tell: impl Fn(Over) + Send + 'static) -> std::io::Result<Self> {
        let (run, asked) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let work = move || work(&order, &place, &asked, &stopped, &tell);
        thread::Builder::new().name("order".to_owned()).spawn(work)?;
        Ok(Self { run, stop })
    }

    /// Runs the event at that place of the order.
    pub fn run(&self, at: usize) {
        // A thread that is gone has told so.
        let _ = self.run.send(at);
    }

    /// Ends the script at work; this and all later events fail.
    pub fn interrupt(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn work(order: &Order, place: &Place, asked: &Receiver<usize>, stop: &AtomicBool, tell: &dyn Fn(Over)) {
    let mut hands = Err("nothing was asked for".to_owned());
    let deployment = deployment(order, place);
    let group = place.root.group(order.work.group_id.as_str()).map_err(|error| error.to_string());
    let mut begun = false;
    while let Ok(at) = asked.recv() {
        let over = Whatever { order, at, tell, told: false };
        if !begun {
            begun = true;
            hands = match (&deployment, &group) {
                (Ok(deployment), Ok(group)) => begin(order, place, deployment, group, stop),
                (Err(problem), _) | (_, Err(problem)) => Err(problem.clone()),
            };
        }
        let last = at + 1 == order.work.events.len();
        let ended = match (&mut hands, order.work.events.get(at).and_then(|name| known(name))) {
            (Ok((run, log)), Some(event)) => {
                let ended = run.event(event, log);
                match if last { run.finish() } else { Ok(()) } {
                    Err(error) => failed(format!("The deployment cannot be noted as successful: {error}")),
                    Ok(()) => ended,
                }
            }
            (Err(problem), _) => failed(problem.clone()),
            (_, None) => failed("the order names no lifecycle event of a host".to_owned()),
        };
        let next = order.work.events.get(at + 1);
        let quiet_next = match (&hands, next) {
            (Ok((run, _)), Some(event)) => run.is_quiet(event),
            _ => false,
        };
        over.tell(ended, quiet_next);
    }
}

type Hands<'a> = (Run<'a>, Log);

fn begin<'a>(
    order: &Order,
    place: &Place,
    deployment: &'a Deployment,
    group: &'a crate::layout::Group,
    stop: &'a AtomicBool,
) -> Result<Hands<'a>, String> {
    let folder = group.deployment(&deployment.names.deployment).map_err(|error| error.to_string())?;
    let log = Log::open(&deployment.names.deployment, &folder.scripts_log(), &place.root.deployments_log());
    let mut log = log.map_err(|error| format!("{}: {error}", folder.scripts_log().display()))?;
    let wanted = deployment.events.contains(&DOWNLOAD);
    let from = if wanted { kept::take(&order.work, group, &folder) } else { None };
    if let Some(from) = &from {
        log.line(&format!("The bundle is the one of {}, and is not fetched again.", from.path().display()));
    }
    let fetched = if wanted && from.is_none() {
        fetch::fetch(order, &deployment.bundle, &place.sources, stop)
    } else {
        Ok(())
    };
    if wanted && fetched.is_ok() && deployment.bundle == folder.bundle() {
        // Without it the bundle is fetched another time.
        let _ = kept::note(&order.work.bundle, &folder);
    }
    let run = Run::begin(deployment, group, stop, fetched);
    Ok((run.map_err(|error| format!("{}: {error}", folder.path().display()))?, log))
}

fn deployment(order: &Order, place: &Place) -> Result<Deployment, String> {
    let work = &order.work;
    let group = place.root.group(work.group_id.as_str()).map_err(|error| error.to_string())?;
    let folder = group.deployment(order.deployment.as_str()).map_err(|error| error.to_string())?;
    let unknown = work.events.iter().find(|event| known(event).is_none());
    if let Some(event) = unknown {
        return Err(format!("the order names {event:?}, which is no lifecycle event of a host"));
    }
    let (bundle_type, origin) = match &work.bundle {
        From::Local { bundle_type, .. } => (bundle_type.as_str(), Bundle::Local),
        From::S3 { bucket, key, bundle_type, version, etag } => {
            let (bucket, key) = (bucket.clone(), key.clone());
            let origin = Bundle::S3 { bucket, key, version: version.clone(), etag: etag.clone() };
            (bundle_type.as_str(), origin)
        }
        From::GitHub { commit, .. } => ("tgz", Bundle::GitHub { commit: commit.clone() }),
    };
    let bundle_type = match bundle_type {
        "zip" => BundleType::Zip,
        "tar" => BundleType::Tar,
        "tgz" => BundleType::Tgz,
        "directory" => BundleType::Directory,
        other => {
            return Err(format!("the order's bundle is a {other:?}; it must be zip, tar, tgz or directory"));
        }
    };
    let file_exists = match work.file_exists.to_ascii_uppercase().as_str() {
        "DISALLOW" => FileExistsBehavior::Disallow,
        "OVERWRITE" => FileExistsBehavior::Overwrite,
        "RETAIN" => FileExistsBehavior::Retain,
        other => {
            return Err(format!(
                "an invalid option was specified for fileExistsBehavior: {other}. Valid options include OVERWRITE, RETAIN, and DISALLOW."
            ));
        }
    };
    Ok(Deployment {
        names: Names {
            deployment: order.deployment.to_string(),
            application: work.application.clone(),
            group: work.group.clone(),
            group_id: work.group_id.to_string(),
        },
        bundle: fetch::place(work, folder.bundle()),
        bundle_type,
        limits: Limits { bytes: place.most_bytes, ..Limits::default() },
        origin,
        file_exists,
        appspec: work.appspec.clone(),
        events: work.events.iter().filter_map(|event| known(event)).collect(),
        ignore_stop_failures: work.ignore_stop_failures,
        keep: work.keep.unwrap_or(place.keep).into(),
        install_root: place.install_root.clone(),
    })
}

fn known(name: &str) -> Option<&'static str> {
    EVENTS.into_iter().find(|event| *event == name)
}

fn failed(problem: String) -> Ended {
    Ended { status: Status::Failed, diagnostics: Diagnostics::error(problem), warnings: Vec::new() }
}

/// An event that was asked for: whatever happens to the thread, something is told of it.
struct Whatever<'a> {
    order: &'a Order,
    at: usize,
    tell: &'a dyn Fn(Over),
    told: bool,
}

impl Whatever<'_> {
    fn tell(mut self, ended: Ended, quiet_next: bool) {
        self.told = true;
        let status = match ended.status {
            Status::Succeeded => EventStatus::Succeeded,
            Status::Failed => EventStatus::Failed,
            Status::Ignored => EventStatus::Ignored,
            Status::Skipped => EventStatus::Skipped,
        };
        let (order, at) = (self.order.id.clone(), self.at);
        let diagnostics = (!ended.diagnostics.succeeded()).then(|| told(ended.diagnostics));
        (self.tell)(Over { order, at, status, diagnostics, warnings: ended.warnings, quiet_next });
    }
}

impl Drop for Whatever<'_> {
    fn drop(&mut self) {
        if !self.told {
            let told = told(Diagnostics::error("the agent failed inside; its log says more"));
            let (order, at, status) = (self.order.id.clone(), self.at, EventStatus::Failed);
            (self.tell)(Over {
                order,
                at,
                status,
                diagnostics: Some(told),
                warnings: Vec::new(),
                quiet_next: false,
            });
        }
    }
}

/// As a report tells it: no longer than that carries.
pub(crate) fn told(diagnostics: Diagnostics) -> Told {
    // The end of a log says why, and so does the beginning of a message.
    let surplus = diagnostics.log.chars().count().saturating_sub(LOG_CHARS);
    Told {
        error_code: diagnostics.error_code.into(),
        script_name: diagnostics.script_name,
        message: diagnostics.message.chars().take(MESSAGE_CHARS).collect(),
        log: diagnostics.log.chars().skip(surplus).collect(),
    }
}
