//! `cutover serve`

mod ready;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tracing::level_filters::LevelFilter;

use cutover_access::pace::Pace;
use cutover_server::options::ServeOptions;
use cutover_service::quotas::Quotas;

use crate::command::Context;
use crate::command::stdin::stdin_closed;
use crate::credentials;
use crate::exit::Exit;
use crate::failure::Failure;
use ready::Ready;

const AFTER: &str = "\
Examples:
  cutover serve
  cutover serve --data /var/lib/cutover --listen 127.0.0.1:8080
  cutover serve --data ./rehearsal --speed 60      a 5-minute wait takes 5 seconds
  cutover serve --data /var/lib/cutover --auth keys

Everything is in the data folder: stop it (Ctrl-C, SIGTERM) or kill it, start it again on the same folder,
and every deployment goes on where it was.

With --auth none nobody checks who calls, so only loopback addresses are listened on. With --auth keys every
request must be signed with a key that `cutover keys create` has issued; the first one, for `cutover keys`
itself, is made in the data folder.";

/// Run the service on this machine: API, workers and store in one process
///
/// It answers the CodeDeploy API, works on every phase of every deployment and keeps everything in one
/// SQLite file. Local functions and alarms stand in for Lambda and CloudWatch unless --targets says otherwise.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7171")]
    listen: SocketAddr,
    /// The folder that holds everything
    #[arg(long, value_name = "DIR", default_value = "cutover-data")]
    data: PathBuf,
    /// The region in names and ARNs [default: AWS_REGION, AWS_DEFAULT_REGION, us-east-1]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Further regions that callers may sign for with --auth keys; each has its own applications
    #[arg(long, value_name = "REGIONS", value_delimiter = ',')]
    other_regions: Vec<String>,
    /// The account in names and ARNs
    #[arg(long, value_name = "ID", default_value = "123456789012", value_parser = account)]
    account: String,
    /// Divide the waits of plans by this, for rehearsals
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    speed: u32,
    /// How long a hook may take to answer
    #[arg(long, value_name = "SECS", default_value_t = 3_600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    hook_timeout: u64,
    /// How long a host may take to accept an order before it gets another, and then counts as offline
    #[arg(long, value_name = "SECS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    accept_timeout: u64,
    /// What is deployed to
    #[arg(long, value_enum, default_value_t = Targets::Local)]
    targets: Targets,
    /// How callers are told apart
    #[arg(long, value_enum, default_value_t = AuthKind::None)]
    auth: AuthKind,
    /// Requests per second of one caller [default: 100 with --auth keys, unlimited otherwise]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate_limit: Option<u32>,
    /// Requests that one caller may send at once after a rest [default: five seconds' worth]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate_burst: Option<u32>,
    /// Largest request, in KiB
    #[arg(long, value_name = "KIB", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(64..=1_048_576))]
    max_request: u32,
    /// Most applications in a region; CodeDeploy's own quota is the least
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    most_applications: u32,
    /// Most deployment groups in an application
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    most_groups: u32,
    /// Most custom deployment configurations in a region
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(200..))]
    most_configs: u32,
    /// Most deployments in a region that are not over
    #[arg(long, value_name = "N", default_value_t = 1_300, value_parser = clap::value_parser!(u32).range(1_300..))]
    most_deployments: u32,
    /// With --targets aws: roles whose EC2 instances may enrol without a token, by name
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    instance_roles: Vec<String>,
    /// With --targets aws: the EventBridge bus that is told of deployments, by name or ARN
    #[arg(long, value_name = "BUS")]
    event_bus: Option<String>,
    /// Answer moto's tests of CodeDeploy as moto does, and let them reset everything: for tests alone
    #[arg(long)]
    moto_compat: bool,
    /// How much is logged, on standard error
    #[arg(long, value_name = "LEVEL", env = "CUTOVER_LOG", default_value = "info")]
    #[arg(value_parser = ["off", "error", "warn", "info", "debug", "trace"])]
    log: String,
    /// End when standard input is closed: for programs that start a service and must not leave it behind
    #[arg(long, hide = true)]
    while_stdin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Targets {
    /// Executables on this machine
    Local,
    /// AWS Lambda, and hosts on EC2 too, with the environment's credentials (needs the cargo feature aws)
    Aws,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AuthKind {
    /// Not at all: only on a loopback address
    None,
    /// By the signature of keys that `cutover keys` issues
    Keys,
}

/// Requests per second of a caller who is known by a key.
const RATE: u32 = 100;

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("an account id has twelve digits".to_owned())
}

impl Serve {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let options = self.options();
        options.check().map_err(|e| Failure::told(e.to_string()))?;
        let level: LevelFilter = self.log.parse().unwrap_or(LevelFilter::INFO);
        let log =
            tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false);
        log.with_target(level >= LevelFilter::DEBUG).init();
        let told = Ready {
            data: self.data.clone(),
            divisor: self.speed,
            local: self.targets == Targets::Local,
            keys: self.auth == AuthKind::Keys,
        };
        let out = context.out.clone();
        let ready = move |address| told.tell(&out, address);
        let serve = cutover_server::serve::serve(options, ready);
        tokio::select! {
            served = serve => served.map_err(|e| Failure::told(e.to_string()))?,
            () = stdin_closed(), if self.while_stdin => {}
        }
        Ok(Exit::Succeeded)
    }

    fn pace(&self) -> Option<Pace> {
        let known = (self.auth == AuthKind::Keys).then_some(RATE);
        let per_second = self.rate_limit.or(known).or(self.rate_burst)?;
        let burst = self.rate_burst.unwrap_or_else(|| per_second.saturating_mul(5));
        Some(Pace { per_second, burst })
    }

    fn options(&self) -> ServeOptions {
        ServeOptions {
            listen: self.listen,
            data: self.data.clone(),
            region: self
                .region
                .clone()
                .or_else(credentials::region)
                .unwrap_or_else(|| "us-east-1".to_owned()),
            other_regions: self.other_regions.clone(),
            auth: match self.auth {
                AuthKind::None => cutover_server::options::AuthKind::None,
                AuthKind::Keys => cutover_server::options::AuthKind::Keys,
            },
            pace: self.pace(),
            most_bytes: self.max_request as usize * 1024,
            account: self.account.clone(),
            speed: self.speed,
            quotas: Quotas {
                applications: self.most_applications as usize,
                groups: self.most_groups as usize,
                configs: self.most_configs as usize,
                deployments: self.most_deployments as usize,
            },
            hook_timeout_secs: self.hook_timeout,
            accept_timeout_secs: self.accept_timeout,
            instance_roles: self.instance_roles.clone(),
            event_bus: self.event_bus.clone(),
            moto_compat: self.moto_compat,
            targets: match self.targets {
                Targets::Local => cutover_server::options::Targets::Local,
                Targets::Aws => cutover_server::options::Targets::Aws,
            },
        }
    }
}
