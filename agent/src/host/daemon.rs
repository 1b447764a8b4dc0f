//! `run`: puts the agent together and lets it go.

use std::fs;
use std::path::Path;

use cutover_aws::proxy;

use super::{HostError, RunArguments, configuration, hold_proxies, journal_path, runtime};
use crate::access;
use crate::config::Config;
use crate::fetch::Sources;
use crate::identity::Identity;
use crate::install::{self, Recovered};
use crate::intake::Intake;
use crate::journal::{Journal, JournalFile};
use crate::layout::Root;
use crate::link::Link;
use crate::machine::Settings;
use crate::on_premises::OnPremises;
use crate::runner::{self, Equipment};
use crate::say::Say;
use crate::service::Service;
use crate::trust::Trust;
use crate::worker::Place;

/// Takes orders until the process is asked to stop.
///
/// # Errors
/// When the agent cannot begin.
pub fn run(arguments: &RunArguments) -> Result<(), HostError> {
    let (mut config, remarks) = configuration(arguments.config.as_deref())?;
    if let Some(root) = &arguments.root_dir {
        config.root_dir.clone_from(root);
    }
    if let Some(root) = &arguments.install_root {
        let root = std::path::absolute(root).map_err(|error| HostError::Usage(error.to_string()))?;
        config.install_root = Some(root);
    }
    hold_proxies(&config)?;
    let identity = Identity::read(&arguments.identity_file)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| HostError::Failed(format!("{}: {error}", path.display()))
    };
    let log_dir = config.log_dir.as_deref();
    let mut say = Say::new(log_dir).map_err(failed(log_dir.unwrap_or(Path::new("/"))))?;
    for remark in remarks {
        say.warn(&remark);
    }
    if arguments.while_stdin {
        std::thread::spawn(stop_with_stdin);
    }
    let root = Root::open(&config.root_dir).map_err(failed(&config.root_dir))?;
    let Some(_lock) = root.lock().map_err(failed(&config.root_dir))? else {
        let root = config.root_dir.display();
        return Err(HostError::Failed(format!(
            "another agent works in {root}. Stop it, or choose another --root-dir."
        )));
    };
    recover(&root, &mut say)?;
    let path = journal_path(&config.root_dir);
    fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).map_err(failed(&path))?;
    let journal = Journal::read(&path).map_err(|error| HostError::Failed(error.to_string()))?;
    let (host, version) = (&identity.host, env!("CARGO_PKG_VERSION"));
    say.info(&format!("cutover-agent {version} takes orders for {host} from {}.", identity.endpoint));
    if let Some(proxy) = proxy::shown(&identity.queue_url) {
        say.info(&format!("Orders are taken through the proxy {proxy}."));
    }
    if let Some(root) = &config.install_root {
        say.info(&format!("Revisions are installed under {}, to try them out.", root.display()));
    }
    let on_premises = on_premises(&config)?;
    let sources = Sources {
        region: identity.region.clone(),
        on_premises: on_premises.clone(),
        identity: identity.clone(),
        s3_endpoint: config.s3_endpoint.clone(),
        github_endpoint: config.github_endpoint.clone(),
        most_bytes: config.max_unpacked_bytes,
    };
    let place = Place {
        root,
        install_root: config.install_root.clone(),
        keep: config.max_revisions,
        most_bytes: config.max_unpacked_bytes,
        sources,
    };
    let settings = settings(&config, host);
    runtime()?.block_on(async {
        let equipment = Equipment {
            settings,
            journal,
            journal_file: JournalFile::new(path),
            link: Link::of(&identity, on_premises.as_ref())
                .map_err(|error| HostError::Failed(error.to_string()))?,
            on_premises,
            intake: Intake { host: host.clone(), scope: identity.scope() },
            trust: Trust::new(identity.clone(), arguments.identity_file.clone()),
            place,
            say,
        };
        runner::run(equipment).await.map_err(|error| HostError::Failed(error.to_string()))
    })
}

/// Whoever holds the other end of standard input is gone: a stop as by signal.
fn stop_with_stdin() {
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGTERM);
}

fn settings(config: &Config, host: &str) -> Settings {
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Settings {
        host: host.to_owned(),
        idle_gap_ms: ms(config.idle_gap),
        stop_within_ms: ms(config.stop_within),
    }
}

pub(super) fn service(identity: &Identity) -> Result<Service, HostError> {
    access::service(identity).map_err(|error| HostError::Failed(error.to_string()))
}

pub(super) fn on_premises(config: &Config) -> Result<Option<OnPremises>, HostError> {
    OnPremises::read(&config.on_premises).map_err(|error| HostError::Usage(error.to_string()))
}

/// Ends what a killed agent left in any group, before an order can come.
fn recover(root: &Root, say: &mut Say) -> Result<(), HostError> {
    let failed = |error: &dyn std::fmt::Display| HostError::Failed(error.to_string());
    for group in root.interrupted().map_err(|error| failed(&error))? {
        match install::recover(&group).map_err(|error| failed(&error))? {
            Recovered::Nothing => {}
            Recovered::Undone => say.warn("An interrupted install was undone: the previous files are back."),
            Recovered::Finished => say.info("An interrupted install had come to its end; it was tidied up."),
        }
    }
    Ok(())
}
