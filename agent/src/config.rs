//! The agent's configuration: the official agent's file, `:key: value` line by line.
//!
//! Those files are flat, so this reads lines and not YAML; what is not flat is refused with its line.

use std::path::PathBuf;
use std::time::Duration;

use cutover_aws::proxy::Proxies;

use crate::layout::DEFAULT_ROOT;
use crate::on_premises::DEFAULT_ON_PREMISES;

/// Where the official agent has it.
pub const DEFAULT_CONFIG: &str = "/etc/codedeploy-agent/conf/codedeployagent.yml";

/// Keys of the official agent that have nothing to set here.
const IDLE: [&str; 26] = [
    "program_name",
    "pid_dir",
    "wait_between_runs",
    "wait_after_error",
    "children",
    "user",
    "group",
    "max_runs_per_worker",
    "wait_between_spawning_children",
    "wait_after_throttle_error",
    "wait_after_connection_problem",
    "codedeploy_test_profile",
    "plugins",
    "log_aws_wire",
    "verbose",
    "enable_deployments_log",
    "deploy_control_endpoint",
    "use_fips_mode",
    "enable_auth_policy",
    "disable_imds_v1",
    "ongoing_deployment_tracking",
    "instance_service_region",
    "instance_service_endpoint",
    "instance_service_port",
    "shared_dir",
    "http_read_timeout",
];

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The deployment root.
    pub root_dir: PathBuf,
    /// What the destinations of AppSpecs are put under (ours: `install_root`).
    pub install_root: Option<PathBuf>,
    /// Where the agent writes its own log, besides what it says on standard error.
    pub log_dir: Option<PathBuf>,
    /// How many revisions of a group stay on disk.
    pub max_revisions: u16,
    /// How long a stop waits for the order at work.
    pub stop_within: Duration,
    /// The longest rest between two polls (ours: `idle_gap_max_seconds`).
    pub idle_gap: Duration,
    /// The most bytes that a bundle may come to (ours: `max_unpacked_bytes`).
    pub max_unpacked_bytes: u64,
    /// In the place of S3 on AWS.
    pub s3_endpoint: Option<String>,
    /// The keys of a host that is not on AWS, if the file is there.
    pub on_premises: PathBuf,
    /// GitHub's API (ours: `github_api_endpoint`).
    pub github_endpoint: String,
    /// What everything elsewhere is asked through, in the place of what the environment says.
    pub proxy: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            root_dir: DEFAULT_ROOT.into(),
            install_root: None,
            log_dir: None,
            max_revisions: 5,
            stop_within: Duration::from_secs(7_200),
            idle_gap: Duration::ZERO,
            max_unpacked_bytes: 16 << 30,
            s3_endpoint: None,
            on_premises: DEFAULT_ON_PREMISES.into(),
            github_endpoint: "https://api.github.com".to_owned(),
            proxy: None,
        }
    }
}

/// A line that cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ConfigError {
    line: usize,
    problem: String,
}

/// Reads a configuration; with it, what is of no effect, a sentence each.
///
/// # Errors
/// When a line cannot be understood or a value cannot be.
pub fn parse(text: &str) -> Result<(Config, Vec<String>), ConfigError> {
    let (mut config, mut remarks) = (Config::default(), Vec::new());
    for (line, key, value) in pairs(text)? {
        let fail = |problem: String| ConfigError { line, problem };
        if value.is_empty() {
            continue;
        }
        let number = |least: u64, most: u64| {
            let number = value.parse().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| {
                fail(format!("{key} is {value:?}; it must be a number from {least} to {most}"))
            })
        };
        let path = || {
            let path = PathBuf::from(value);
            if path.is_absolute() {
                Ok(path)
            } else {
                Err(fail(format!("{key} is {value:?}; it must start with /")))
            }
        };
        let address = || {
            let web = value.starts_with("https://") || value.starts_with("http://");
            let wrong = || fail(format!("{key} is {value:?}; it must start with https:// or http://"));
            web.then(|| value.to_owned()).ok_or_else(wrong)
        };
        match key {
            "root_dir" => config.root_dir = path()?,
            "install_root" => config.install_root = Some(path()?),
            "log_dir" => config.log_dir = Some(path()?),
            "max_revisions" => config.max_revisions = number(1, u16::MAX.into())? as u16,
            "kill_agent_max_wait_time_seconds" => {
                config.stop_within = Duration::from_secs(number(0, 86_400)?)
            }
            "idle_gap_max_seconds" => config.idle_gap = Duration::from_secs(number(0, 3_600)?),
            "max_unpacked_bytes" => config.max_unpacked_bytes = number(1, u64::MAX)?,
            "s3_endpoint_override" => config.s3_endpoint = Some(address()?),
            "github_api_endpoint" => config.github_endpoint = address()?,
            "proxy_uri" => {
                // It may have a password in it, which no message repeats.
                Proxies::one(value).map_err(|error| fail(format!("proxy_uri: {error}")))?;
                config.proxy = Some(value.to_owned());
            }
            "on_premises_config_file" => config.on_premises = path()?,
            known if IDLE.contains(&known) => {}
            unknown => {
                remarks.push(format!("line {line}: {unknown} is no key of the configuration; it is ignored."))
            }
        }
    }
    Ok((config, remarks))
}

/// The lines with a key and a value, numbered from 1.
pub(crate) fn pairs(text: &str) -> Result<Vec<(usize, &str, &str)>, ConfigError> {
    let mut pairs = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let pair = pair(text).map_err(|problem| ConfigError { line, problem })?;
        pairs.extend(pair.map(|(key, value)| (line, key, value)));
    }
    Ok(pairs)
}

/// Key and value of a line; `None` if there is nothing on it.
fn pair(line: &str) -> Result<Option<(&str, &str)>, String> {
    let text = line.trim_end();
    if text.trim_start().starts_with('#') || ["", "---", "..."].contains(&text.trim_start_matches('\u{feff}'))
    {
        return Ok(None);
    }
    if text.starts_with([' ', '\t', '-', '{', '[']) {
        return Err("it is not a key and a value. Write :key: value at the beginning of the line.".to_owned());
    }
    let named = text.trim_start_matches('\u{feff}');
    let named = named.strip_prefix(':').unwrap_or(named);
    let pair = named.split_once(": ").or_else(|| Some((named.strip_suffix(':')?, "")));
    let (key, rest) = pair.ok_or_else(|| "there is no value. Write :key: value.".to_owned())?;
    let rest = rest.trim();
    let value = match rest.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let (value, after) = rest[1..].split_once(quote).ok_or("a quote is not closed")?;
            let after = after.trim_start();
            if !after.is_empty() && !after.starts_with('#') {
                return Err(format!("{after:?} follows the value"));
            }
            value
        }
        Some('#') => "",
        _ => rest.split_once(" #").map_or(rest, |(value, _)| value.trim_end()),
    };
    let nothing = ["nil", "null", "~"].contains(&value);
    Ok(Some((key.trim(), if nothing { "" } else { value })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_agents_file_is_read_as_it_is() {
        let text = "---\n:log_aws_wire: false\n:log_dir: '/var/log/aws/codedeploy-agent/'\n:pid_dir: '/opt/codedeploy-agent/state/.pid/'\n:program_name: codedeploy-agent\n:root_dir: '/opt/codedeploy-agent/deployment-root'\n:verbose: false\n:wait_between_runs: 1\n:proxy_uri:\n:max_revisions: 5\n:on_premises_config_file: nil\n";
        let (config, remarks) = parse(text).unwrap();
        let log_dir = Some("/var/log/aws/codedeploy-agent/".into());
        assert_eq!((config, remarks), (Config { log_dir, ..Config::default() }, Vec::new()));
    }

    #[test]
    fn keys_with_and_without_colons_comments_and_quotes() {
        let text = "# ours\nroot_dir: \"/a b\" # here\n:install_root: /try\n:idle_gap_max_seconds: 20 # seconds\n:proxy_uri: http://p\n:rot_dir: /x\n:kill_agent_max_wait_time_seconds: 60\n";
        let (config, remarks) = parse(text).unwrap();
        assert_eq!(config.root_dir, PathBuf::from("/a b"));
        assert_eq!(config.install_root, Some("/try".into()));
        assert_eq!((config.idle_gap.as_secs(), config.stop_within.as_secs()), (20, 60));
        assert_eq!(config.proxy.as_deref(), Some("http://p"));
        assert!(remarks.len() == 1 && remarks[0].starts_with("line 6: rot_dir"), "{remarks:?}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, told) in [
            (":root_dir: here", "line 1: root_dir is \"here\"; it must start with /"),
            ("\n:max_revisions: 0", "line 2: max_revisions is \"0\"; it must be a number from 1"),
            (":root_dir: '/x", "line 1: a quote is not closed"),
            (":proxy_uri: me:secret@p", "line 1: proxy_uri: it is no proxy's address"),
            ("- a", "line 1: it is not a key and a value"),
            ("nonsense", "line 1: there is no value"),
            (":log_dir: '/x' y", "line 1: \"y\" follows the value"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(told) && !error.contains("secret"), "{error}");
        }
    }
}
