//! Puts the service together, runs it, and ends it gracefully.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alarm_check::AlarmCheck;
use api::Api;
use cutover_access::pace::Paces;
use cutover_core::ids::Scope;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Bounded;
use cutover_driver::pushes::Pushes;
use cutover_local::alarms::AlarmError;
use cutover_local::functions::Endpoint;
use cutover_local::functions::error::FunctionError;
use cutover_local::host_queues::HostQueues;
use cutover_local::sqlite::open_error::OpenError;
use cutover_local::sqlite::store::LocalStore;
use cutover_ports::queue::Inbox;
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_ports::table::{Table, TableError};
use cutover_post::git_hub;
use cutover_seal::file::FileError;
use cutover_seal::master::Master;
use cutover_service::archives::Archiving;
use cutover_service::instance_proof::Instances;
use cutover_service::service::{Service, Settings};
use cutover_store::codec::StoreError;
use cutover_store::deployments::Deployments;
use cutover_store::hosts::Hosts;
use cutover_store::token_key;
use fleet_report::Intake;
use push_trigger::PushTrigger;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::auth::Auth;
use crate::demands::Demands;
use crate::door::Doors;
use crate::fleets::QueuedReports;
use crate::host_desk::HostDesk;
use crate::http::Front;
use crate::key_ring::{KeyRing, KeysError, MASTER_FILE};
use crate::metrics::Metrics;
use crate::moto::Moto;
use crate::options::{AuthKind, OptionsError, ServeOptions, Targets};
use crate::order_keys::OrderKeyFile;
use crate::request_id::RequestIds;
use crate::targets::{Adapters, Local};
use crate::{fleets, outgoing, phases, pushes, timers, workers};

/// How long requests that are under way may take once the service stops.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// Why the service did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It refuses these options.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The address cannot be listened on.
    #[error("listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// A part of the service ended by itself; the log tells why.
    #[error("a part of the service ended by itself; see the log, then start it again")]
    TaskEnded,
    /// The local alarms cannot be read.
    #[error("read the local alarms: {0}")]
    Alarms(#[from] AlarmError),
    /// The local functions cannot be read.
    #[error("read the local functions: {0}")]
    Functions(#[from] FunctionError),
    /// The store failed at the start or at the end.
    #[error("{0}")]
    Table(#[from] TableError),
    /// The key of page tokens cannot be read or made.
    #[error("read the key of page tokens: {0}")]
    TokenKey(#[from] StoreError),
    /// The access keys cannot be used.
    #[error("{0}")]
    Keys(#[from] KeysError),
    /// The key of orders cannot be used.
    #[error(transparent)]
    OrderKey(#[from] FileError),
    /// A system call failed.
    #[error("{what}: {source}")]
    System {
        /// Which.
        what: &'static str,
        /// How.
        source: std::io::Error,
    },
}

/// Runs the service until SIGTERM or Ctrl-C. `ready` is called once it answers.
pub async fn serve(options: ServeOptions, ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    options.check()?;
    let store = LocalStore::open(&options.data, Arc::new(SystemClock))?;
    let ended = run(&options, &store, ready).await;
    store.close().await?;
    ended
}

async fn run(
    options: &ServeOptions,
    store: &LocalStore,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let heard = |source| ServeError::System { what: "listen for signals", source };
    let mut demands = Demands::listen().map_err(heard)?;
    let table: Arc<dyn Table> = store.table();
    let scope = Scope::new(&options.account, &options.region);
    let failed = |source| ServeError::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;

    let master = Master::open(&options.data.join(MASTER_FILE)).map_err(KeysError::from)?;
    let master = Arc::new(master);
    let order_keys = OrderKeyFile::open(&options.data)?;
    let queues = Arc::new(HostQueues::new());
    let auth = auth(options, table.clone(), &scope, master.clone()).await?;
    let (adapters, local) = targets(options, table.clone(), &scope, endpoint(address, &auth)).await?;
    let deployments = Arc::new(Deployments::new(table.clone()));
    let driver = Driver::new(deployments, store.queue(), Arc::new(SystemClock));
    let shards = fleets::shards(&driver, queues.clone(), order_keys.current());
    let check = Arc::new(AlarmCheck::new(adapters.alarms.clone(), driver.clone()));
    let (stop, stopped) = watch::channel(false);

    if let Some(local) = &local {
        // Before any worker starts another call; their answers wait at the address until it is served.
        local.functions.resume().await?;
    }
    let mut tasks = JoinSet::new();
    let inbox: Arc<dyn Inbox> = store.queue();
    let inventory = fleets::inventory(table.clone(), adapters.inventories.clone());
    let hosts = fleets::phases(&shards, inventory.clone(), adapters.scaling.clone());
    let outlets = outgoing::outlets(options, &adapters, &master);
    let told = outgoing::told(&outlets);
    let notifier = notify::phase(driver.clone(), outlets);
    let mut phases = phases::all(&adapters, check.clone(), hosts);
    phases.push(Arc::new(Bounded(notifier)));
    for phase in phases {
        tasks.spawn(workers::work(driver.clone(), inbox.clone(), phase, stopped.clone()));
    }
    let intake = Intake::new(shards.clone(), Arc::new(Hosts::new(table.clone())));
    tasks.spawn(fleets::reports(intake, inbox, stopped.clone()));
    tasks.spawn(timers::sweeps(driver.clone(), stopped.clone()));
    tasks.spawn(timers::alarm_polls(check.clone(), stopped.clone()));
    if let Some(local) = &local {
        let changes = local.alarms.subscribe();
        tasks.spawn(timers::alarm_changes(check, scope.clone(), changes, stopped.clone()));
    }

    let settings = Settings {
        speed: options.speed,
        region: options.region.clone(),
        quotas: options.quotas,
        hook_timeout_ms: options.hook_timeout_secs * 1_000,
        accept_ms: options.accept_timeout_secs * 1_000,
        token_key: token_key::token_key(table.as_ref(), &scope, OsEntropy.key()).await?,
        sealer: Some(master),
    };
    let engine = driver.clone();
    let archiving = adapters.archives.clone().map_or(Archiving::Nowhere, Archiving::Here);
    let instances = adapters.identities.clone().map(|identities| {
        let roles = options.instance_roles.clone();
        Instances { roles, identities }
    });
    let service = Service::new(Arc::new(driver), Arc::new(SystemClock), Arc::new(OsEntropy), settings);
    let service = service.with_instances(instances).with_git_hub(Arc::new(git_hub::Api::from_env()));
    let service = Arc::new(
        service.with_fleets(shards).with_inventory(inventory).with_archives(archiving).with_outgoing(told),
    );
    let pushes = Pushes::new(engine, service.clone());
    let pushes = PushTrigger::new(pushes, service.clone(), scope.clone());
    for _ in 0..pushes::WORKERS {
        tasks.spawn(pushes::work(pushes.clone(), store.queue(), stopped.clone()));
    }
    let reports = Arc::new(QueuedReports(store.queue()));
    let moto = options.moto_compat.then(|| Moto::new(store.table()));
    let front = Arc::new(Front {
        api: Api::new(service.clone()),
        auth,
        hosts: HostDesk::new(service, table, queues.clone(), reports, order_keys),
        paces: options.pace.map(Paces::new),
        most_bytes: options.most_bytes,
        local,
        scope,
        moto,
        pushes,
        table: store.table(),
        metrics: Metrics::new(store.table(), store.queue()),
        ids: RequestIds::default(),
    });
    tasks.spawn(answer(listener, front, stopped));
    ready(address);

    // Each of these tasks runs until it is stopped: one that ends earlier has failed, and a service that does
    // half its work must not look healthy.
    let ended = tokio::select! {
        () = demands.heard() => Ok(()),
        _ = tasks.join_next() => Err(ServeError::TaskEnded),
    };
    tracing::info!("stopping: what is in progress ends first");
    let _ = stop.send(true);
    queues.close();
    while tasks.join_next().await.is_some() {}
    ended
}

/// Answers requests until `stop` turns true, then those that are under way.
async fn answer(listener: TcpListener, front: Arc<Front>, stop: watch::Receiver<bool>) {
    let stopped = |mut stop: watch::Receiver<bool>| async move { drop(stop.wait_for(|stop| *stop).await) };
    let served = axum::serve(listener, Doors(front)).with_graceful_shutdown(stopped(stop.clone()));
    let too_late = async {
        stopped(stop).await;
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    tokio::select! {
        served = served => if let Err(error) = served {
            tracing::error!(%error, "the listener ended");
        },
        () = too_late => tracing::warn!("requests that did not end in time were cut off"),
    }
}

async fn auth(
    options: &ServeOptions,
    table: Arc<dyn Table>,
    scope: &Scope,
    master: Arc<Master>,
) -> Result<Auth, KeysError> {
    match options.auth {
        AuthKind::None => Ok(Auth::None),
        AuthKind::Keys => {
            let ring = KeyRing::open(table, scope.clone(), &options.data, master).await?;
            Ok(Auth::Keys(Arc::new(ring), options.regions().map(str::to_owned).collect()))
        }
    }
}

/// This service as functions of this machine see it.
fn endpoint(mut address: SocketAddr, auth: &Auth) -> Endpoint {
    if address.ip().is_unspecified() {
        // Listening everywhere is listening here, too; nowhere is no address to call.
        let here: IpAddr =
            if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(here);
    }
    let key = match auth {
        Auth::None => None,
        Auth::Keys(ring, _) => {
            let made = ring.for_functions();
            Some((made.id, made.secret))
        }
    };
    Endpoint { url: format!("http://{address}"), key }
}

async fn targets(
    options: &ServeOptions,
    table: Arc<dyn Table>,
    scope: &Scope,
    endpoint: Endpoint,
) -> Result<(Adapters, Option<Local>), ServeError> {
    match options.targets {
        #[cfg(feature = "aws")]
        Targets::Aws => Ok((crate::targets::aws(options.event_bus.as_deref()), None)),
        #[cfg(not(feature = "aws"))]
        Targets::Aws => Err(OptionsError::NoAws.into()),
        Targets::Local => {
            let data: PathBuf = options.data.clone();
            let local = Local::open(table, &data, scope.clone(), endpoint).await?;
            Ok((local.adapters(), Some(local)))
        }
    }
}
