//! Lines about hosts: `fleet 10 minimum 9`, `host 3 fails in AfterInstall`, `hosts 8 succeeded, 1 failed, 1 skipped`.

use cutover_core::fleet::host_event::HostEvent;
use cutover_core::fleet::minimum::FleetMinimum;
use cutover_core::fleet::rule::Zonal;

use super::Expect;
use super::words::Words;
use super::write::span;
use crate::fleet::{Ailment, Fleet, HostTrouble};
use crate::setup::{Happening, Setup};
use crate::world::Runs;

type Read<T> = Result<T, String>;

/// Reads what is given of a fleet, if the line is about one.
pub(super) fn given(first: &str, setup: &mut Setup, words: &mut Words<'_>) -> Read<bool> {
    if first == "fleet" {
        let hosts = words.number()?;
        words.must("minimum")?;
        let hosts = u32::try_from(hosts).map_err(|_| "too many hosts".to_owned())?;
        setup.fleet = Some(Fleet::new(hosts, minimum(words)?));
        return Ok(true);
    }
    let known = [
        "shards-of",
        "zones",
        "zone-by-zone",
        "zone-minimum",
        "work",
        "poll-gap",
        "host-clocks",
        "scaling-groups",
        "suspend",
    ];
    let flags = ["never-deployed", "same-revision", "outdated-only", "update-launched"];
    if !known.contains(&first) && !flags.contains(&first) {
        return Ok(false);
    }
    let fleet = of(setup)?;
    match first {
        "shards-of" => fleet.shard_hosts = words.number()?.max(1) as usize,
        "zones" => fleet.zones = words.number()? as u32,
        "zone-by-zone" => {
            words.must("after")?;
            let first_monitor_ms = words.span()? as u64;
            words.must("then")?;
            let monitor_ms = words.span()? as u64;
            fleet.zonal = Some(Zonal { minimum: None, first_monitor_ms, monitor_ms });
        }
        "zone-minimum" => {
            let zonal = fleet.zonal.as_mut().ok_or("a zone has a minimum where zones take turns")?;
            zonal.minimum = Some(minimum(words)?);
        }
        "work" => fleet.work_ms = words.span()?,
        "scaling-groups" => fleet.scaling_groups = words.number()? as u32,
        "suspend" => fleet.suspend = words.rest().into_iter().map(str::to_owned).collect(),
        "poll-gap" => fleet.poll_gap_ms = words.span()?,
        "host-clocks" => fleet.clocks_ms = words.span()?,
        "never-deployed" => fleet.deployed_before = false,
        "update-launched" => fleet.update_launched = true,
        "same-revision" => fleet.same_revision = true,
        _ => fleet.outdated_only = true,
    }
    Ok(true)
}

fn of(setup: &mut Setup) -> Read<&mut Fleet> {
    setup.fleet.as_mut().ok_or_else(|| "hosts come after their fleet".to_owned())
}

/// `9`, `50%` or `all but 1`.
fn minimum(words: &mut Words<'_>) -> Read<FleetMinimum> {
    let number =
        |word: &str| word.parse().map_err(|_| format!("{word:?} is not a minimum like 9, 50% or all but 1"));
    if words.is("all") {
        words.must("but")?;
        return Ok(FleetMinimum::MostConcurrency(number(words.word()?)?));
    }
    let word = words.word()?;
    match word.strip_suffix('%') {
        Some(percent) => Ok(FleetMinimum::FleetPercent(number(percent)?)),
        None => Ok(FleetMinimum::HostCount(number(word)?)),
    }
}

fn minimum_text(minimum: FleetMinimum) -> String {
    match minimum {
        FleetMinimum::HostCount(count) => count.to_string(),
        FleetMinimum::FleetPercent(percent) => format!("{percent}%"),
        FleetMinimum::MostConcurrency(most) => format!("all but {most}"),
    }
}

pub(super) fn given_text(fleet: &Fleet) -> Vec<String> {
    let usual = Fleet::new(fleet.hosts, fleet.minimum);
    let mut lines = vec![format!("fleet {} minimum {}", fleet.hosts, minimum_text(fleet.minimum))];
    let mut add = |differs: bool, line: String| lines.extend(differs.then_some(line));
    add(fleet.shard_hosts != usual.shard_hosts, format!("shards-of {}", fleet.shard_hosts));
    add(fleet.zones != usual.zones, format!("zones {}", fleet.zones));
    if let Some(zonal) = &fleet.zonal {
        let waits = [zonal.first_monitor_ms, zonal.monitor_ms].map(|ms| span(ms as i64));
        add(true, format!("zone-by-zone after {} then {}", waits[0], waits[1]));
        if let Some(minimum) = zonal.minimum {
            add(true, format!("zone-minimum {}", minimum_text(minimum)));
        }
    }
    add(fleet.work_ms != usual.work_ms, format!("work {}", span(fleet.work_ms)));
    add(fleet.poll_gap_ms != usual.poll_gap_ms, format!("poll-gap {}", span(fleet.poll_gap_ms)));
    add(fleet.clocks_ms != usual.clocks_ms, format!("host-clocks {}", span(fleet.clocks_ms)));
    add(fleet.scaling_groups > 0, format!("scaling-groups {}", fleet.scaling_groups));
    add(!fleet.suspend.is_empty(), format!("suspend {}", fleet.suspend.join(" ")));
    add(fleet.update_launched, "update-launched".to_owned());
    add(!fleet.deployed_before, "never-deployed".to_owned());
    add(fleet.same_revision, "same-revision".to_owned());
    add(fleet.outdated_only, "outdated-only".to_owned());
    lines
}

/// Reads what follows `host`.
pub(super) fn trouble(setup: &mut Setup, words: &mut Words<'_>) -> Read<()> {
    let fleet = of(setup)?;
    let host = words.number()?;
    // Those that are launched later are counted on.
    let last = if fleet.update_launched { u32::MAX } else { fleet.hosts };
    let host = u32::try_from(host).ok().filter(|n| (1..=last).contains(n));
    let host = host.ok_or_else(|| format!("hosts are counted from 1 to {}", fleet.hosts))?;
    let what = match words.word()? {
        "fails" => {
            words.must("in")?;
            Ailment::Fails(event(words)?)
        }
        "never" => {
            words.must("answers")?;
            Ailment::NeverAnswers
        }
        "dies" => {
            let event = if words.is("while") {
                words.must("running")?;
                None
            } else {
                words.must("in")?;
                Some(event(words)?)
            };
            Ailment::Dies { event, back: if words.is("for") { Some(words.span()?) } else { None } }
        }
        word @ ("sleeps" | "stalls") => {
            words.must("for")?;
            let span = words.span()?;
            if word == "sleeps" { Ailment::Sleeps(span) } else { Ailment::Stalls(span) }
        }
        "takes" => Ailment::Takes(words.span()?),
        "is" => {
            words.must("busy")?;
            words.must("for")?;
            Ailment::Busy(words.span()?)
        }
        other => {
            return Err(format!(
                "a host fails, dies, sleeps, stalls, takes, is busy or never answers, and does not {other:?}"
            ));
        }
    };
    let mut request = Some(0);
    if words.is("of") {
        request = match words.word()? {
            "rollback" => None,
            "request" => Some(words.number()?.checked_sub(1).ok_or("requests are counted from 1")?),
            other => return Err(format!("of request 2, or of rollback, not {other:?}")),
        };
    }
    fleet.troubles.push(HostTrouble { host, request, what });
    Ok(())
}

fn event(words: &mut Words<'_>) -> Read<HostEvent> {
    let word = words.word()?;
    HostEvent::parse(word).ok_or_else(|| format!("{word:?} is not a lifecycle event"))
}

pub(super) fn trouble_text(trouble: &HostTrouble) -> String {
    let what = match trouble.what {
        Ailment::Fails(event) => format!("fails in {}", event.as_str()),
        Ailment::NeverAnswers => "never answers".to_owned(),
        Ailment::Dies { event, back } => {
            let place = event.map_or("while running".to_owned(), |event| format!("in {}", event.as_str()));
            format!("dies {place}{}", back.map(|ms| format!(" for {}", span(ms))).unwrap_or_default())
        }
        Ailment::Sleeps(ms) => format!("sleeps for {}", span(ms)),
        Ailment::Stalls(ms) => format!("stalls for {}", span(ms)),
        Ailment::Takes(ms) => format!("takes {}", span(ms)),
        Ailment::Busy(ms) => format!("is busy for {}", span(ms)),
    };
    let of = match trouble.request {
        Some(0) => String::new(),
        Some(n) => format!(" of request {}", n + 1),
        None => " of rollback".to_owned(),
    };
    format!("host {} {what}{of}", trouble.host)
}

/// Reads what follows `others`: `suspend Terminate of 1`.
pub(super) fn others(words: &mut Words<'_>) -> Read<Happening> {
    let suspend = match words.word()? {
        "suspend" => true,
        "resume" => false,
        other => return Err(format!("others suspend or resume, and do not {other:?}")),
    };
    let process = words.word()?.to_owned();
    words.must("of")?;
    Ok(Happening::Processes { group: words.number()? as u32, process, suspend })
}

/// Reads what follows `process`: `Terminate of 1 suspended`, or `… runs`.
pub(super) fn process(words: &mut Words<'_>) -> Read<Expect> {
    let process = words.word()?.to_owned();
    words.must("of")?;
    let group = words.number()? as u32;
    match words.word()? {
        "suspended" => Ok(Expect::Process { group, process, suspended: true }),
        "runs" => Ok(Expect::Process { group, process, suspended: false }),
        other => Err(format!("a process runs or is suspended, not {other:?}")),
    }
}

/// Reads what follows `hosts`: `of rollback 8 succeeded, 1 failed, 1 skipped`.
pub(super) fn hosts(words: &mut Words<'_>) -> Read<Expect> {
    let mut of = Some(1);
    if words.is("of") {
        of = match words.word()? {
            "rollback" => None,
            "deployment" => Some(words.number()?.max(1) as usize),
            other => return Err(format!("of deployment 2, or of rollback, not {other:?}")),
        };
    }
    let mut count = |what: &str| {
        let number = words.number()? as u32;
        let word = words.word()?;
        let right = word.trim_end_matches(',') == what;
        if right { Ok(number) } else { Err(format!("{what:?} is missing")) }
    };
    Ok(Expect::Hosts {
        of,
        succeeded: count("succeeded")?,
        failed: count("failed")?,
        skipped: count("skipped")?,
    })
}

/// Reads what follows `host`: `3 revision 2`, or `3 mixed in Install`.
pub(super) fn host(words: &mut Words<'_>) -> Read<Expect> {
    let host = words.number()?.max(1) as usize;
    let runs = match words.word()? {
        "revision" => Runs::Revision(words.word()?.to_owned()),
        "mixed" => {
            words.must("in")?;
            Runs::Mixed(event(words)?.as_str().to_owned())
        }
        other => return Err(format!("a host has a revision, or is mixed in an event, not {other:?}")),
    };
    Ok(Expect::Host { host, runs })
}

pub(super) fn hosts_text(of: Option<usize>, succeeded: u32, failed: u32, skipped: u32) -> String {
    let of = match of {
        Some(1) => String::new(),
        Some(number) => format!("of deployment {number} "),
        None => "of rollback ".to_owned(),
    };
    format!("hosts {of}{succeeded} succeeded, {failed} failed, {skipped} skipped")
}

pub(super) fn host_text(host: usize, runs: &Runs) -> String {
    match runs {
        Runs::Revision(revision) => format!("host {host} revision {revision}"),
        Runs::Mixed(event) => format!("host {host} mixed in {event}"),
    }
}
