//! The commands of a host that takes its orders from a service: `register`, `unregister`, `run`, `doctor`.

mod arguments;
mod daemon;
pub mod doctor;
mod enrol;
mod rotate;

use std::path::{Path, PathBuf};

use cutover_aws::proxy::Proxies;

use crate::config::{self, Config};
use crate::identity::IdentityError;

pub use arguments::{DoctorArguments, RegisterArguments, RotateArguments, RunArguments, UnregisterArguments};
pub use daemon::run;
pub use enrol::{register, unregister};
pub use rotate::rotate_key;

/// Why a command of a host failed.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// An argument or the configuration.
    #[error("{0}")]
    Usage(String),
    /// There is no identity to go by.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Everything else.
    #[error("{0}")]
    Failed(String),
}

/// The configuration in a file, and what is of no effect in it. A file that nobody named may be missing.
fn configuration(path: Option<&Path>) -> Result<(Config, Vec<String>), HostError> {
    let file = path.unwrap_or(Path::new(config::DEFAULT_CONFIG));
    match std::fs::read_to_string(file) {
        Ok(text) => {
            config::parse(&text).map_err(|error| HostError::Usage(format!("{}: {error}", file.display())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && path.is_none() => {
            Ok(Default::default())
        }
        Err(error) => Err(HostError::Usage(format!("{} cannot be read: {error}", file.display()))),
    }
}

/// From here on this process speaks through the configuration's proxy, or through those of the environment.
fn hold_proxies(config: &Config) -> Result<(), HostError> {
    let proxies = config.proxy.as_deref().map_or_else(|| Ok(Proxies::of_environment()), Proxies::one);
    proxies.map(Proxies::hold).map_err(|error| HostError::Usage(format!("proxy_uri: {error}")))
}

/// The same where no configuration is named: the usual one, if it can be read.
fn hold_usual_proxies() -> Result<(), HostError> {
    hold_proxies(&configuration(None).map(|(config, _)| config).unwrap_or_default())
}

/// The journal's place in a deployment root.
fn journal_path(root: &Path) -> PathBuf {
    root.join("ongoing-deployment/orders.journal")
}

/// A runtime of one thread: the agent waits more than it works.
fn runtime() -> Result<tokio::runtime::Runtime, HostError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| HostError::Failed(format!("the agent cannot start: {error}")))
}
