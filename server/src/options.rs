//! How the service is started.

use std::net::SocketAddr;
use std::path::PathBuf;

use cutover_access::pace::Pace;

use crate::auth::is_region;
use cutover_service::quotas::Quotas;

/// What `cutover serve` was told.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The region in ARNs and keys.
    pub region: String,
    /// Further regions that callers may sign for when keys are checked.
    pub other_regions: Vec<String>,
    /// The account in ARNs and keys.
    pub account: String,
    /// What the waits of plans are divided by.
    pub speed: u32,
    /// How long a hook may take to answer, in seconds of wall time.
    pub hook_timeout_secs: u64,
    /// How long after its next poll a host may take to accept its order, in seconds.
    pub accept_timeout_secs: u64,
    /// How many things there may be.
    pub quotas: Quotas,
    /// What is deployed to.
    pub targets: Targets,
    /// How callers are told apart.
    pub auth: AuthKind,
    /// How often each caller may call, if that is limited.
    pub pace: Option<Pace>,
    /// Largest request, in bytes.
    pub most_bytes: usize,
    /// The roles whose EC2 instances may enrol without a token.
    pub instance_roles: Vec<String>,
    /// The event bus that is told of deployments, by name or ARN.
    pub event_bus: Option<String>,
    /// Whether moto's tests are to be answered as moto does.
    pub moto_compat: bool,
}

/// How callers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// Not at all.
    None,
    /// By keys that the service issues.
    Keys,
}

/// What is deployed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// Executables on this machine.
    Local,
    /// AWS Lambda, and hosts on EC2 beside those that are registered, with the environment's credentials and endpoints.
    Aws,
}

impl ServeOptions {
    /// Refuses what must not be: waits cut short in front of real traffic, or an open door.
    pub fn check(&self) -> Result<(), OptionsError> {
        if self.speed == 0 {
            return Err(OptionsError::NoSpeed);
        }
        if self.targets == Targets::Aws && self.speed != 1 {
            return Err(OptionsError::SpeedOnAws(self.speed));
        }
        if self.targets == Targets::Aws && !cfg!(feature = "aws") {
            return Err(OptionsError::NoAws);
        }
        if self.targets != Targets::Aws && !self.instance_roles.is_empty() {
            return Err(OptionsError::RolesWithoutAws);
        }
        let open = self.auth == AuthKind::None;
        if self.moto_compat && (self.targets == Targets::Aws || !self.listen.ip().is_loopback() || !open) {
            return Err(OptionsError::MotoCompat);
        }
        if open && !self.listen.ip().is_loopback() {
            return Err(OptionsError::NotLoopback(self.listen));
        }
        if let Some(wrong) = self.regions().find(|region| !is_region(region)) {
            return Err(OptionsError::Region(wrong.to_owned()));
        }
        Ok(())
    }

    /// The regions that callers may sign for, the home one first.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.region).chain(&self.other_regions).map(String::as_str)
    }
}

/// Why the service refuses to start so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Speed 0.
    #[error("--speed must be at least 1")]
    NoSpeed,
    /// A rehearsal's speed with real traffic.
    #[error(
        "--speed {0} would cut the waits of real deployments short: with --targets aws only speed 1 is allowed"
    )]
    SpeedOnAws(u32),
    /// Built without the adapters.
    #[error("this build has no AWS adapters: build it with `cargo build --release --features aws`")]
    NoAws,
    /// Nobody would say who an instance is.
    #[error("--instance-roles needs --targets aws: AWS says who an instance is")]
    RolesWithoutAws,
    /// Anybody who calls could wipe the state of real deployments.
    #[error("--moto-compat is for tests: only with --targets local, --auth none and on a loopback address")]
    MotoCompat,
    /// Nobody checks who calls.
    #[error(
        "with --auth none nobody checks who calls, so only a loopback address may be listened on, not {0}; \
         check callers with --auth keys"
    )]
    NotLoopback(SocketAddr),
    /// Not a region.
    #[error("{0:?} is no name of a region, such as eu-west-1")]
    Region(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_options_are_refused() {
        let options = |listen: &str, speed, targets| ServeOptions {
            listen: listen.parse().expect("an address"),
            data: PathBuf::new(),
            region: "us-east-1".into(),
            other_regions: Vec::new(),
            auth: AuthKind::None,
            pace: None,
            most_bytes: 1,
            account: "123456789012".into(),
            speed,
            hook_timeout_secs: 3_600,
            accept_timeout_secs: 60,
            quotas: Quotas::default(),
            targets,
            event_bus: None,
            moto_compat: false,
            instance_roles: Vec::new(),
        };
        for (options, said) in [
            (options("127.0.0.1:1", 0, Targets::Local), "at least 1"),
            (options("127.0.0.1:1", 2, Targets::Aws), "only speed 1"),
            (options("192.0.2.1:1", 1, Targets::Local), "loopback"),
        ] {
            assert!(options.check().expect_err("a refusal").to_string().contains(said), "{said}");
        }
        assert_eq!(options("127.0.0.1:1", 60, Targets::Local).check(), Ok(()));
        let keys = |listen| ServeOptions { auth: AuthKind::Keys, ..options(listen, 1, Targets::Local) };
        assert_eq!(keys("192.0.2.1:1").check(), Ok(()));
        let odd =
            ServeOptions { other_regions: vec!["eu-west-1".into(), "moon".into()], ..keys("127.0.0.1:1") };
        assert_eq!(odd.check(), Err(OptionsError::Region("moon".into())));
        let reset = ServeOptions { moto_compat: true, ..keys("127.0.0.1:1") };
        assert_eq!(reset.check(), Err(OptionsError::MotoCompat));
        for (listen, targets, expected) in [
            ("127.0.0.1:1", Targets::Local, Ok(())),
            ("192.0.2.1:1", Targets::Local, Err(OptionsError::MotoCompat)),
        ] {
            let options = ServeOptions { moto_compat: true, ..options(listen, 1, targets) };
            assert_eq!(options.check(), expected);
        }
    }
}
