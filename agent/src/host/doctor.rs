//! `doctor`: whether everything that the agent needs is there.

use std::path::Path;
use std::time::Duration;

use cutover_aws::proxy::shown;
use cutover_core::time::Timestamp;
use serde::Serialize;

use super::{DoctorArguments, HostError, configuration, daemon, hold_proxies, journal_path, runtime};
use crate::clock;
use crate::identity::Identity;
use crate::journal::Journal;
use crate::link;
use crate::on_premises::OnPremises;
use crate::service::ahead_ms;

/// A clock that is further off makes signatures invalid (15 minutes), and reports hard to read long before that.
const MOST_SKEW_MS: u64 = 60_000;
/// Less room than that is told (1 GiB): a bundle is there packed, unpacked and installed.
const LEAST_BYTES: u64 = 1 << 30;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
}

#[derive(Serialize)]
struct Findings<'a> {
    ok: bool,
    checks: &'a [Check],
}

/// Looks at everything and prints what was found; whether all is well.
///
/// # Errors
/// When the looking itself fails.
pub fn run(arguments: &DoctorArguments) -> Result<bool, HostError> {
    let checks = look(arguments)?;
    let ok = checks.iter().all(|check| check.ok);
    if arguments.json {
        println!("{}", serde_json::to_string(&Findings { ok, checks: &checks }).unwrap_or_default());
    } else {
        for Check { name, ok, detail } in &checks {
            println!("{}  {name:<14} {detail}", if *ok { "ok  " } else { "FAIL" });
        }
    }
    Ok(ok)
}

fn look(arguments: &DoctorArguments) -> Result<Vec<Check>, HostError> {
    let mut checks = Vec::new();
    let config = configuration(arguments.run.config.as_deref());
    checks.push(match &config {
        Ok((_, remarks)) if remarks.is_empty() => good("configuration", "it can be read"),
        Ok((_, remarks)) => good("configuration", remarks.join(" ")),
        Err(error) => bad("configuration", error),
    });
    let config = config.map(|(config, _)| config).unwrap_or_default();
    hold_proxies(&config)?;
    let root = arguments.run.root_dir.as_ref().unwrap_or(&config.root_dir);
    checks.extend(disk(root));
    match Identity::read(&arguments.run.identity_file) {
        Err(error) => checks.push(bad("identity", error)),
        Ok(identity) => {
            checks.push(good("identity", format!("{} at {}", identity.host, identity.endpoint)));
            checks.push(proxies([&identity.endpoint, &identity.queue_url, &config.github_endpoint]));
            let keys = match daemon::on_premises(&config) {
                Ok(keys) => keys,
                Err(error) => {
                    checks.push(bad("on-premises", error));
                    None
                }
            };
            checks.extend(runtime()?.block_on(network(&identity, keys.as_ref())));
        }
    }
    Ok(checks)
}

fn disk(root: &Path) -> Vec<Check> {
    let trial = root.join(".doctor");
    let writable = std::fs::create_dir_all(root)
        .and_then(|()| std::fs::write(&trial, ""))
        .and_then(|()| std::fs::remove_file(&trial));
    let shown = root.display();
    let first = match writable {
        Ok(()) => good("root", format!("{shown} can be written")),
        Err(error) => bad("root", format!("{shown}: {error}")),
    };
    let room = match rustix::fs::statvfs(root) {
        Ok(about) => {
            let bytes = about.f_bavail.saturating_mul(about.f_frsize);
            let detail = format!("{} MiB free at {shown}", bytes >> 20);
            if bytes >= LEAST_BYTES { good("disk", detail) } else { bad("disk", detail) }
        }
        Err(error) => bad("disk", format!("{shown}: {error}")),
    };
    let journal = match Journal::read(&journal_path(root)) {
        Ok(journal) => {
            let work = journal
                .current
                .map_or_else(|| "nothing".to_owned(), |current| current.order.deployment.to_string());
            good("journal", format!("at work: {work}; reports that wait: {}", journal.outbox.len()))
        }
        Err(error) => bad("journal", error),
    };
    vec![first, room, journal]
}

/// What is asked through which proxy; passwords are not told.
fn proxies(addresses: [&String; 3]) -> Check {
    let told = |address: &String| format!("{address}: {}", shown(address).as_deref().unwrap_or("no proxy"));
    good("proxy", addresses.map(told).join(", "))
}

async fn network(identity: &Identity, keys: Option<&OnPremises>) -> Vec<Check> {
    let mut checks = Vec::new();
    match daemon::service(identity) {
        Err(error) => checks.push(bad("endpoint", error)),
        Ok(service) => match service.date().await {
            Err(error) => checks.push(bad("endpoint", error)),
            Ok(date) => {
                checks.push(good("endpoint", format!("{} answers", identity.endpoint)));
                checks.push(skew(date.as_deref(), clock::now()));
            }
        },
    }
    // Looks without waiting; a message that it finds becomes visible again at once, or a second later.
    let channel = match link::channel(identity, keys) {
        Ok(channel) => channel,
        Err(error) => {
            checks.push(bad("queue", error));
            return checks;
        }
    };
    checks.push(match channel.receive(Duration::ZERO, 1).await {
        Err(fault) => bad("queue", fault.message),
        Ok(found) => {
            if let Some(found) = &found {
                let _ = channel.extend(&found.receipt, 0).await;
            }
            good("queue", format!("{} answers", identity.queue_url))
        }
    });
    checks
}

fn skew(date: Option<&str>, here: Timestamp) -> Check {
    let Some(there) = date.and_then(clock::http_date) else {
        return good("clock", "the service does not tell the time");
    };
    let ahead = ahead_ms(here, there);
    let detail = format!(
        "{} s {} the service",
        ahead.unsigned_abs() / 1_000,
        if ahead < 0 { "behind" } else { "ahead of" }
    );
    if ahead.unsigned_abs() > MOST_SKEW_MS { bad("clock", detail) } else { good("clock", detail) }
}

fn good(name: &'static str, detail: impl ToString) -> Check {
    Check { name, ok: true, detail: detail.to_string() }
}

fn bad(name: &'static str, detail: impl ToString) -> Check {
    Check { name, ok: false, detail: detail.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared() {
        let here = Timestamp::from_millis(1_795_274_096_500);
        for (date, ok, told) in [
            ("Sat, 21 Nov 2026 15:14:56 GMT", true, "0 s ahead"),
            ("Sat, 21 Nov 2026 15:20:56 GMT", false, "359 s behind"),
            ("Sat, 21 Nov 2026 14:14:56 GMT", false, "3600 s ahead"),
            ("soon", true, "does not tell"),
        ] {
            let check = skew(Some(date), here);
            assert!(check.ok == ok && check.detail.contains(told), "{date}: {check:?}");
        }
    }
}
