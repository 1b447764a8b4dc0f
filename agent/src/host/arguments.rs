//! The arguments of a host's commands.

use std::path::PathBuf;

use crate::identity::DEFAULT_IDENTITY;

const RUN: &str = "\
Signals:
  TERM, INT  stop: the order at work is finished first, for at most kill_agent_max_wait_time_seconds (7200);
             a second one ends the script at work, and its event fails

Exit codes:
  0  it was asked to stop
  1  the identity, the deployment root or the journal cannot be used
  2  the arguments or the configuration are wrong";

const REGISTER: &str = "\
Examples:
  Enrol this host with a token that `cutover` gave out for it:
    cutover-agent register --endpoint http://127.0.0.1:7171 --token TOKEN
  Keep the token out of the list of processes:
    CUTOVER_ENROLLMENT_TOKEN=TOKEN cutover-agent register --endpoint https://cutover.example.com
  Enrol an EC2 instance, as the user data of an Auto Scaling group does:
    cutover-agent register --endpoint https://cutover.example.com --as-instance";

const ROTATE: &str = "\
The key that reports are signed with and, where the service has issued one, the access key are both replaced. The old
ones end once the new ones are in the identity's file; an agent that runs takes them over by itself. If it is cut off,
run it again.

Example:
  Every month, by cron:
    0 4 1 * *  root  cutover-agent rotate-key";

/// Enrol this host: make its key, hand in the token or what proves the instance, keep what comes back.
#[derive(Debug, clap::Args)]
#[command(after_help = REGISTER)]
pub struct RegisterArguments {
    /// The service: http://HOST:PORT or https://HOST.
    #[arg(long, env = "CUTOVER_ENDPOINT", value_name = "URL")]
    pub endpoint: String,
    /// The enrollment token; it is good for one host, once.
    #[arg(long, env = "CUTOVER_ENROLLMENT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    #[arg(required_unless_present = "as_instance")]
    pub token: Option<String>,
    /// Enrol as the EC2 instance that this is: the credentials of its role prove it, where the service lets that role in.
    #[arg(long, conflicts_with_all = ["token", "name"])]
    pub as_instance: bool,
    /// With --as-instance: the host and port that the service itself is asked at, where a proxy before it has another
    /// name [default: those of --endpoint].
    #[arg(long, requires = "as_instance", value_name = "HOST")]
    pub service_host: Option<String>,
    /// The host's name, unless the token was made for one.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where the identity is kept; only the agent may read it.
    #[arg(long, env = "CUTOVER_AGENT_IDENTITY", default_value = DEFAULT_IDENTITY, value_name = "FILE")]
    pub identity_file: PathBuf,
    /// Replace the identity that is there.
    #[arg(long)]
    pub force: bool,
}

/// Forget this host's identity. The service is not told: deregister the instance there.
#[derive(Debug, clap::Args)]
pub struct UnregisterArguments {
    /// Where the identity is kept.
    #[arg(long, env = "CUTOVER_AGENT_IDENTITY", default_value = DEFAULT_IDENTITY, value_name = "FILE")]
    pub identity_file: PathBuf,
}

/// Give this host new keys, while its agent works.
#[derive(Debug, clap::Args)]
#[command(after_help = ROTATE)]
pub struct RotateArguments {
    /// Where the identity is kept.
    #[arg(long, env = "CUTOVER_AGENT_IDENTITY", default_value = DEFAULT_IDENTITY, value_name = "FILE")]
    pub identity_file: PathBuf,
}

/// Take orders from the service and carry them out, until asked to stop.
#[derive(Debug, clap::Args)]
#[command(after_help = RUN)]
pub struct RunArguments {
    /// The configuration [default: /etc/codedeploy-agent/conf/codedeployagent.yml, if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the identity is kept.
    #[arg(long, env = "CUTOVER_AGENT_IDENTITY", default_value = DEFAULT_IDENTITY, value_name = "FILE")]
    pub identity_file: PathBuf,
    /// The deployment root [default: the configuration's root_dir].
    #[arg(long, env = "CUTOVER_AGENT_ROOT", value_name = "DIR")]
    pub root_dir: Option<PathBuf>,
    /// Put all destinations of AppSpecs under this directory, to try things out [default: the configuration's
    /// install_root].
    #[arg(long, env = "CUTOVER_INSTALL_ROOT", value_name = "DIR")]
    pub install_root: Option<PathBuf>,
    /// Stop when standard input is closed: for programs that start an agent and must not leave it behind.
    #[arg(long, hide = true)]
    pub while_stdin: bool,
}

/// Check what the agent needs: identity, service, clock, queue, deployment root, disk.
#[derive(Debug, clap::Args)]
pub struct DoctorArguments {
    /// As for `run`.
    #[command(flatten)]
    pub run: RunArguments,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}
