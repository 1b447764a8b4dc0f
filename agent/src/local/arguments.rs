//! The arguments of `deploy-local`: those of `codedeploy-local`, and some of our own.

use std::path::PathBuf;

use clap::ValueEnum;
use cutover_appspec::FileExistsBehavior;

use crate::bundle::BundleType;
use crate::layout::DEFAULT_ROOT;

const EXAMPLES: &str = "\
Examples:
  Deploy the directory you are in:
    cutover-agent deploy-local
  Deploy an archive into a deployment root of your own:
    cutover-agent deploy-local --bundle-location app.zip --type zip --root-dir /tmp/try
  Run some events only; DownloadBundle and Install are added where they are needed:
    cutover-agent deploy-local -l app.tgz -t tgz --events AfterInstall,ValidateService

Exit codes:
  0  the deployment succeeded
  1  a lifecycle event failed, or the disk did; what Install had changed is undone
  2  the arguments are wrong, and nothing was done";

/// Deploy a bundle on this machine, without any service.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Where the bundle is: a path, or file:// and a path.
    #[arg(short = 'l', long, default_value = ".", value_name = "PATH")]
    pub bundle_location: String,
    /// How it is packed.
    #[arg(short = 't', long = "type", value_enum, default_value = "directory", value_name = "TYPE")]
    pub bundle_type: BundleType,
    /// What to do about files that no earlier deployment of the group has put there. The AppSpec's
    /// file_exists_behavior goes first.
    #[arg(
        short = 'b',
        long,
        value_enum,
        default_value = "DISALLOW",
        ignore_case = true,
        value_name = "WHAT"
    )]
    pub file_exists_behavior: FileExists,
    /// The id of the deployment group: deployments of one group replace each other.
    #[arg(short = 'g', long, default_value = "default-local-deployment-group", value_name = "ID")]
    pub deployment_group: String,
    /// The group's name, for the scripts' DEPLOYMENT_GROUP_NAME.
    #[arg(short = 'd', long, default_value = "LocalFleet", value_name = "NAME")]
    pub deployment_group_name: String,
    /// The application's name, for the scripts' APPLICATION_NAME [default: the bundle's location].
    #[arg(short = 'a', long, value_name = "NAME")]
    pub application_name: Option<String>,
    /// The lifecycle events to run, in this order; custom ones that the AppSpec's hooks have come after Install
    /// [default: all but those].
    #[arg(short = 'e', long, value_delimiter = ',', value_name = "EVENT,…")]
    pub events: Vec<String>,
    /// The AppSpec's name in the bundle [default: appspec.yml, then appspec.yaml].
    #[arg(short = 'A', long, value_name = "NAME")]
    pub appspec_filename: Option<String>,
    /// The deployment root: bundles, logs and what is known of earlier deployments.
    #[arg(long, default_value = DEFAULT_ROOT, env = "CUTOVER_AGENT_ROOT", value_name = "DIR")]
    pub root_dir: PathBuf,
    /// Put all destinations of the AppSpec under this directory, to try things out. Scripts find it in
    /// CUTOVER_INSTALL_ROOT.
    #[arg(long, env = "CUTOVER_INSTALL_ROOT", value_name = "DIR")]
    pub install_root: Option<PathBuf>,
    /// Go on when a script of the previous revision fails (BeforeBlockTraffic, AfterBlockTraffic,
    /// ApplicationStop).
    #[arg(long)]
    pub ignore_application_stop_failures: bool,
    /// How many revisions of the group stay on disk, this one included.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..), value_name = "COUNT")]
    pub max_revisions: u16,
    /// The most bytes that the bundle may come to when it is unpacked.
    #[arg(long, default_value_t = 16 << 30, value_name = "BYTES")]
    pub max_unpacked_bytes: u64,
    /// Refuse the bundle unless this is its SHA-256, in hexadecimal.
    #[arg(long, value_name = "DIGEST")]
    pub sha256: Option<String>,
    /// Print one JSON object at the end instead of text.
    #[arg(long)]
    pub json: bool,
}

/// [`FileExistsBehavior`], as an argument.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum FileExists {
    /// Fail the deployment, before anything is changed.
    Disallow,
    /// Replace the file.
    Overwrite,
    /// Keep the file.
    Retain,
}

impl From<FileExists> for FileExistsBehavior {
    fn from(value: FileExists) -> Self {
        match value {
            FileExists::Disallow => Self::Disallow,
            FileExists::Overwrite => Self::Overwrite,
            FileExists::Retain => Self::Retain,
        }
    }
}
