//! A deployment in Markdown: what the page of a CI job shows of it.

use cutover_core::time::Timestamp;
use cutover_wire::api::target::InstanceTarget;

use crate::exit::Exit;
use crate::progress::Watched;
use crate::view::fleet::{failed_event, shown_output};
use crate::view::style::Style;
use crate::view::{clock, marks, timeline};

/// The summary, with an empty line at its end.
pub(crate) fn summary(watched: &Watched, now: Timestamp) -> String {
    let (snapshot, info) = (&watched.snapshot, &watched.snapshot.info);
    let sign = match snapshot.exit() {
        Exit::Succeeded => "✅",
        Exit::RolledBack => "↩️",
        Exit::Running => "⏳",
        _ => "❌",
    };
    let names = [&info.application_name, &info.deployment_group_name].map(|name| cell(name));
    let mut text = format!("### {sign} {}: {}\n\n", names.join(" / "), snapshot.exit().word());
    let mut rows = vec![("deployment", format!("`{}`, {}", info.deployment_id, cell(&info.status)))];
    if let Some(timeline) = &watched.timeline {
        rows.push(("what", cell(&timeline::summary(Style { color: false }, timeline))));
    }
    if let Some(from) = info.create_time {
        let to = info.complete_time.map_or(now, |to| to.0);
        rows.push(("time", clock::span(to.ms_since(from.0))));
    }
    if let Some(overview) = info.deployment_overview.as_ref().filter(|_| snapshot.hosts.is_some()) {
        let counts = [
            (overview.succeeded, "succeeded"),
            (overview.failed, "failed"),
            (overview.skipped, "not started"),
            (overview.in_progress + overview.pending, "not over"),
        ];
        let told =
            counts.iter().filter(|(hosts, _)| *hosts > 0).map(|(hosts, word)| format!("{hosts} {word}"));
        rows.push(("hosts", told.collect::<Vec<_>>().join(", ")));
    }
    if let Some(error) = &info.error_information {
        rows.push(("why", format!("{}: {}", cell(&error.code), cell(&error.message))));
    }
    if let Some(rollback) = &snapshot.rollback {
        rows.push(("rollback", format!("`{}`, {}", rollback.deployment_id, cell(&rollback.status))));
    }
    text.push_str("| | |\n|---|---|\n");
    rows.iter().for_each(|(name, value)| text.push_str(&format!("| {name} | {value} |\n")));
    let failed = snapshot.hosts.iter().flat_map(|hosts| &hosts.failed);
    failed.for_each(|host| text.push_str(&host_failure(host)));
    text.push_str(&log(watched));
    text
}

/// A failed host: where, why, and the last lines of what its script wrote.
fn host_failure(host: &InstanceTarget) -> String {
    let name = cell(&host.target_id);
    let Some(event) = failed_event(host) else { return format!("\n**{name}** failed\n") };
    let found = event.diagnostics.clone().unwrap_or_default();
    let about = [&event.lifecycle_event_name, &found.script_name, &found.message].map(|part| cell(part));
    let about: Vec<_> = about.into_iter().filter(|part| !part.is_empty()).collect();
    let output = shown_output(&found.log_tail);
    let lines: String = output.iter().map(|line| format!("    {line}\n")).collect();
    let space = if lines.is_empty() { "" } else { "\n" };
    format!("\n**{name}** failed: {}\n{space}{lines}", about.join(", "))
}

fn log(watched: &Watched) -> String {
    let created = watched.snapshot.info.create_time;
    let mut rows = String::new();
    for (place, mark) in watched.log.iter().enumerate() {
        let Some(news) = marks::news(mark, &watched.log[..place], watched.timeline.as_ref()) else {
            continue;
        };
        let since = created.map_or(0, |created| mark.at.ms_since(created.0));
        rows.push_str(&format!("| +{:.1} s | {} |\n", since as f64 / 1000.0, cell(&news)));
    }
    if rows.is_empty() {
        return "\n".to_owned();
    }
    format!(
        "\n<details><summary>Log</summary>\n\n| after | what happened |\n|---|---|\n{rows}\n</details>\n\n"
    )
}

/// Text as it is, within a cell of a table.
fn cell(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' => shown.push_str("<br>"),
            '\r' => {}
            '<' => shown.push_str("&lt;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '@' => shown.extend(['\\', c]),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fleet::Hosts;
    use crate::view::snapshot::Snapshot;
    use crate::view::timeline::tests::canary;
    use cutover_core::mark::{Mark, MarkKind};
    use cutover_wire::api::deployment::{DeploymentInfo, DeploymentOverview, ErrorInformation};
    use cutover_wire::api::target::{Diagnostics, LifecycleEvent};
    use cutover_wire::api::time::Time;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1_000)
    }

    fn watched(status: &str) -> Watched {
        let info = DeploymentInfo {
            deployment_id: "d-1".into(),
            application_name: "shop".into(),
            deployment_group_name: "pr|od".into(),
            status: status.into(),
            create_time: Some(Time(at(100))),
            complete_time: Some(Time(at(112))),
            ..DeploymentInfo::default()
        };
        let mark =
            |seq, kind, secs| Mark { seq, at: at(secs), epoch: 0, step: 0, kind, detail: None, count: 1 };
        Watched {
            snapshot: Snapshot { info, ..Snapshot::default() },
            timeline: Some(canary()),
            log: vec![mark(0, MarkKind::Created, 100), mark(1, MarkKind::Closing, 111)],
        }
    }

    #[test]
    fn a_success_is_short() {
        let expected = "\
### ✅ shop / pr\\|od: succeeded

| | |
|---|---|
| deployment | `d-1`, Succeeded |
| what | fn:live  version 1 → 2  (canary: 10 %, 100 %) |
| time | 12 s |
";
        let text = summary(&watched("Succeeded"), at(0));
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("<summary>Log</summary>") && text.contains("| +0.0 s | created |"), "{text}");
        assert!(text.ends_with("</details>\n\n"), "{text}");
    }

    #[test]
    fn a_failure_says_who_where_and_why() {
        let mut watched = watched("Failed");
        let diagnostics = Diagnostics {
            script_name: "a_b.sh".into(),
            message: "failed with exit code 3".into(),
            log_tail: "<b>one\ntwo\n".into(),
            ..Diagnostics::default()
        };
        let event = LifecycleEvent {
            lifecycle_event_name: "AfterInstall".into(),
            status: "Failed".into(),
            diagnostics: Some(diagnostics),
            ..LifecycleEvent::default()
        };
        let host = InstanceTarget {
            target_id: "web-3".into(),
            lifecycle_events: vec![event],
            ..InstanceTarget::default()
        };
        let info = &mut watched.snapshot.info;
        info.deployment_overview = Some(DeploymentOverview { failed: 1, skipped: 2, ..Default::default() });
        info.error_information =
            Some(ErrorInformation { code: "HEALTH_CONSTRAINTS".into(), message: "Too\nmany.".into() });
        watched.snapshot.hosts = Some(Hosts { at_work: Vec::new(), failed: vec![host] });
        let text = summary(&watched, at(0));
        for part in [
            "### ❌ shop",
            "| hosts | 1 failed, 2 not started |\n",
            "| why | HEALTH\\_CONSTRAINTS: Too<br>many. |\n",
            "\n**web-3** failed: AfterInstall, a\\_b.sh, failed with exit code 3\n\n    <b>one\n    two\n",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
