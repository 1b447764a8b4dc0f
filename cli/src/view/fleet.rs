//! A fleet: how many hosts stand how, who is at work, and who failed, where and why.

use cutover_wire::api::deployment::DeploymentOverview;
use cutover_wire::api::target::{InstanceTarget, LifecycleEvent};

use crate::view::style::Style;
use crate::view::table::columns;

const CELLS: i64 = 30;
/// Hosts at work that are named.
const NAMED: usize = 8;
/// Lines of a script's output that are shown of a failed host.
const OUTPUT: usize = 5;

/// The hosts that are shown one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts {
    /// Some of those at work.
    pub(crate) at_work: Vec<InstanceTarget>,
    /// Some of those that failed.
    pub(crate) failed: Vec<InstanceTarget>,
}

/// The fleet, line by line.
pub(crate) fn lines(style: Style, overview: &DeploymentOverview, hosts: &Hosts) -> Vec<String> {
    let mut lines = vec![format!("  {}  {}", bar(style, overview), counts(style, overview))];
    let rows = hosts.at_work.iter().take(NAMED).map(|host| {
        let event = host.lifecycle_events.iter().find(|event| event.status == "InProgress");
        let doing = event.map_or("takes its order", |event| event.lifecycle_event_name.as_str());
        vec![format!("{} {}", style.cyan("▸"), host.target_id), doing.to_owned()]
    });
    lines.extend(columns(&rows.collect::<Vec<_>>()).into_iter().map(|row| format!("  {row}")));
    lines.extend(hosts.failed.iter().flat_map(|host| failure(style, host)));
    lines
}

/// `███████████▒▒▒░░░░`: done, failed, at work, and those that wait or are left out.
fn bar(style: Style, overview: &DeploymentOverview) -> String {
    let all = total(overview).max(1);
    let cells = |hosts: i64| usize::try_from((hosts * CELLS + all / 2) / all).unwrap_or(0);
    let parts = [
        (overview.succeeded, style.green("█")),
        (overview.failed, style.red("█")),
        (overview.in_progress, style.cyan("▒")),
    ];
    let drawn: String = parts.iter().map(|(hosts, cell)| cell.repeat(cells(*hosts))).collect();
    let used: usize = parts.iter().map(|(hosts, _)| cells(*hosts)).sum();
    drawn + &style.dim(&"░".repeat(usize::try_from(CELLS).unwrap_or(0).saturating_sub(used)))
}

fn counts(style: Style, overview: &DeploymentOverview) -> String {
    let mut told = vec![format!("{} of {} succeeded", overview.succeeded, total(overview))];
    for (hosts, words) in [
        (overview.failed, style.red("failed")),
        (overview.in_progress, "at work".to_owned()),
        (overview.pending, "waiting".to_owned()),
        (overview.skipped, style.yellow("not started")),
    ] {
        if hosts > 0 {
            told.push(format!("{hosts} {words}"));
        }
    }
    told.join(", ")
}

fn total(overview: &DeploymentOverview) -> i64 {
    let DeploymentOverview { pending, in_progress, succeeded, failed, skipped, ready } = overview;
    pending + in_progress + succeeded + failed + skipped + ready
}

/// The event at which a host failed.
pub(crate) fn failed_event(host: &InstanceTarget) -> Option<&LifecycleEvent> {
    host.lifecycle_events.iter().find(|event| event.status == "Failed")
}

/// The last lines of what a script wrote.
pub(crate) fn shown_output(log_tail: &str) -> Vec<&str> {
    let mut output: Vec<&str> = log_tail.lines().collect();
    output.drain(..output.len().saturating_sub(OUTPUT));
    output
}

/// `✗ web-3  AfterInstall  scripts/migrate.sh: … exit code 3`, and the last lines of what it wrote.
fn failure(style: Style, host: &InstanceTarget) -> Vec<String> {
    let sign = style.red("✗");
    let Some(event) = failed_event(host) else { return vec![format!("  {sign} {}", host.target_id)] };
    let found = event.diagnostics.clone().unwrap_or_default();
    let script =
        if found.script_name.is_empty() { String::new() } else { format!("{}: ", found.script_name) };
    let head =
        format!("  {sign} {}  {}  {script}{}", host.target_id, event.lifecycle_event_name, found.message);
    let last = shown_output(&found.log_tail);
    [head].into_iter().chain(last.iter().map(|line| format!("      {}", style.dim(line)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cutover_wire::api::target::Diagnostics;

    fn host(name: &str, event: &str, status: &str, diagnostics: Option<Diagnostics>) -> InstanceTarget {
        let event = LifecycleEvent {
            lifecycle_event_name: event.to_owned(),
            status: status.to_owned(),
            diagnostics,
            ..LifecycleEvent::default()
        };
        InstanceTarget {
            target_id: name.to_owned(),
            lifecycle_events: vec![event],
            ..InstanceTarget::default()
        }
    }

    #[test]
    fn a_fleet_is_a_bar_and_those_who_matter() {
        let overview =
            DeploymentOverview { succeeded: 5, failed: 1, in_progress: 2, pending: 2, ..Default::default() };
        let found = Diagnostics {
            script_name: "a.sh".to_owned(),
            message: "failed with exit code 3".to_owned(),
            log_tail: (1..=7).map(|n| format!("line {n}\n")).collect(),
            ..Diagnostics::default()
        };
        let hosts = Hosts {
            at_work: vec![
                host("web-4", "Install", "InProgress", None),
                host("web-5", "Install", "Pending", None),
            ],
            failed: vec![host("web-3", "AfterInstall", "Failed", Some(found))],
        };
        assert_eq!(
            lines(Style::PLAIN, &overview, &hosts),
            [
                "  ██████████████████▒▒▒▒▒▒░░░░░░  5 of 10 succeeded, 1 failed, 2 at work, 2 waiting",
                "  ▸ web-4  Install",
                "  ▸ web-5  takes its order",
                "  ✗ web-3  AfterInstall  a.sh: failed with exit code 3",
                "      line 3",
                "      line 4",
                "      line 5",
                "      line 6",
                "      line 7",
            ]
        );
    }
}
