//! What people are told: how a shard ended, and why a host did not succeed.

use super::board::{Board, Counts, Stopping};
use super::cell::Cell;
use super::roster::Roster;
use super::rule::FleetRule;
use crate::time::span_text;

/// errorInformation.message of a fleet in which too many hosts failed.
pub(super) fn constraints(rule: &FleetRule, counts: Counts) -> String {
    let must = rule.must_succeed();
    let needed = if rule.minimum == 0 {
        format!("at least {must} must succeed")
    } else {
        format!("at least {must} must stay healthy")
    };
    format!(
        "The deployment failed because too many instances failed: {} of {} failed, {} succeeded, {} were not \
         started; {needed}.",
        counts.failed, rule.hosts, counts.succeeded, counts.skipped,
    )
}

/// The same of one zone: how many hosts it has, how many of them failed, and how many of the fleet were not started.
pub(super) fn zone_failed(rule: &FleetRule, zone: &str, (hosts, failed, skipped): (u32, u32, u32)) -> String {
    let must = rule.zonal.map_or(0, |zonal| zonal.minimum(hosts)).max(1);
    format!(
        "The deployment failed in {zone}: {failed} of its {hosts} instances failed, and at least {must} must stay \
         healthy there. Of all {} instances {skipped} were not started.",
        rule.hosts,
    )
}

/// Why a shard or a fleet was stopped, and how far it had come.
pub(super) fn withdrawn(why: Option<&str>, counts: Counts) -> String {
    let why = why.unwrap_or_default();
    format!(
        "{why} Instances: {} succeeded, {} failed, {} not started.",
        counts.succeeded, counts.failed, counts.skipped
    )
    .trim_start()
    .to_owned()
}

/// The zone of the host at this place, in a sentence.
pub(super) fn zone_name(roster: &Roster, place: usize) -> String {
    zone_text(roster.hosts.get(place).and_then(|host| host.zone.as_deref()))
}

/// A zone, in a sentence.
pub(super) fn zone_text(zone: Option<&str>) -> String {
    match zone {
        Some(zone) => format!("the zone {zone}"),
        None => "the instances without a zone".to_owned(),
    }
}

/// Why the host at this place did not succeed; nothing for one that did, or that is not over.
pub fn host_message(rule: &FleetRule, roster: &Roster, board: &Board, index: u16) -> Option<String> {
    let host = roster.hosts.get(usize::from(index))?;
    let (name, event) = (&host.name, board.last_events.get(&index));
    match (board.cell(index)?, event) {
        (Cell::Waiting | Cell::Ordered | Cell::Running | Cell::Succeeded, _) => None,
        (Cell::Failed, Some(event)) => Some(format!("{name} failed in {}.", event.as_str())),
        (Cell::Failed, None) => Some(format!("{name} failed.")),
        (Cell::Offline, _) => {
            let span = span_text(rule.accept_span_ms(host));
            Some(format!("{name} did not take its order within {span}: is its agent running?"))
        }
        (Cell::Lost, event) => {
            let doing = event.map_or("after it took its order".to_owned(), |e| format!("in {}", e.as_str()));
            let span = span_text(rule.heartbeat_ms);
            Some(format!("{name} stopped reporting {doing}: nothing was heard from it for {span}."))
        }
        (Cell::TimedOut, event) => {
            let last = event.map_or(String::new(), |e| format!(" It was last at {}.", e.as_str()));
            Some(format!("{name} did not finish within {}.{last}", span_text(rule.order_ms)))
        }
        (Cell::Skipped, _) => {
            Some(format!("{name} was not started: {}", not_started(rule, roster, board, index)))
        }
    }
}

fn not_started(rule: &FleetRule, roster: &Roster, board: &Board, index: u16) -> String {
    match (board.stopping, &board.withdrawn) {
        (Some(Stopping::Constraints), _) => "too many other instances had failed.".to_owned(),
        (Some(Stopping::Zone { zone }), _) => {
            let failed = rule.zones(roster).get(usize::from(zone)).cloned().unwrap_or_default();
            let here = failed.contains(&usize::from(index));
            let zone = zone_name(roster, failed.start);
            format!(
                "too many {} had failed.",
                if here { format!("others of {zone}") } else { format!("of {zone}") }
            )
        }
        (_, Some(why)) if !why.is_empty() => why.clone(),
        _ => "the deployment ended.".to_owned(),
    }
}
