//! The roll-out of a fleet before it starts: what `cutover plan` prints of hosts.

use cutover_core::fleet::preview::{Preview, Wave};
use cutover_core::fleet::roster::HealthClass;

use crate::view::clock;
use crate::view::style::Style;
use crate::view::table::columns;

/// Hosts that are named.
const NAMED: usize = 12;

/// The roll-out, line by line.
pub(crate) fn lines(style: Style, preview: &Preview) -> Vec<String> {
    let Preview { hosts, minimum_healthy, at_a_time, .. } = preview;
    let stay = if *minimum_healthy == 1 { "stays" } else { "stay" };
    let mut lines = vec![format!(
        "{}  at most {at_a_time} at a time, so that {minimum_healthy} {stay} healthy",
        style.bold(&counted(*hosts, "host"))
    )];
    for (class, hosts) in &preview.health {
        lines.push(format!("  {hosts} {}", health(*class)));
    }
    match &preview.waves {
        Some(waves) => lines.extend(table(style, waves)),
        None => {
            lines.push(format!("  in shards that share {at_a_time} places and start hosts as these get free"))
        }
    }
    lines.push(format!("on every host: {}", preview.events.join(", ")));
    let mut names = preview.names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let others = *hosts as usize - preview.names.len().min(NAMED);
    if others > 0 {
        names.push_str(&format!(" and {others} more"));
    }
    lines.push(style.dim(&format!("hosts: {names}")));
    lines
}

/// Waves of one size and zone in a row share a line.
fn table(style: Style, waves: &[Wave]) -> Vec<String> {
    let zonal = waves.iter().any(|wave| wave.zone.is_some());
    let mut rows =
        vec![["wave", "hosts", if zonal { "zone" } else { "" }].map(|title| style.dim(title)).to_vec()];
    let mut first = 1;
    for alike in waves.chunk_by(|a, b| (a.hosts, &a.zone, a.watch_ms) == (b.hosts, &b.zone, None)) {
        let last = first + alike.len() - 1;
        let place = if last == first { first.to_string() } else { format!("{first}–{last}") };
        let each = if last == first { "" } else { " each" };
        let mut zone =
            alike[0].zone.clone().unwrap_or_else(|| if zonal { "none".to_owned() } else { String::new() });
        if let Some(watch) = alike.last().and_then(|wave| wave.watch_ms) {
            zone.push_str(&format!(", then watched for {}", clock::span(watch)));
        }
        rows.push(vec![place, format!("{}{each}", alike[0].hosts), zone]);
        first = last + 1;
    }
    columns(&rows).into_iter().map(|line| format!("  {line}")).collect()
}

fn counted(count: u32, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn health(class: HealthClass) -> &'static str {
    match class {
        HealthClass::Unhealthy => "whose last deployment failed: these first",
        HealthClass::Unknown => "never deployed to",
        HealthClass::Old => "with another revision than the group's last successful one",
        HealthClass::Current => "with the group's last successful revision",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(hosts: u32, zone: Option<&str>, watch_ms: Option<u64>) -> Wave {
        Wave { hosts, zone: zone.map(str::to_owned), watch_ms }
    }

    fn preview(hosts: u32, waves: Option<Vec<Wave>>) -> Preview {
        Preview {
            hosts,
            health: [(HealthClass::Unhealthy, 1), (HealthClass::Old, hosts - 1)].into(),
            minimum_healthy: hosts - 3,
            at_a_time: 3,
            waves,
            events: vec!["ApplicationStop".to_owned(), "Install".to_owned()],
            names: (1..=hosts.min(500)).map(|n| format!("web-{n}")).collect(),
        }
    }

    #[test]
    fn waves_alike_share_a_line() {
        let waves = [3, 3, 1].map(|hosts| wave(hosts, None, None)).to_vec();
        let expected = "\
7 hosts  at most 3 at a time, so that 4 stay healthy
  1 whose last deployment failed: these first
  6 with another revision than the group's last successful one
  wave  hosts
  1–2   3 each
  3     1
on every host: ApplicationStop, Install
hosts: web-1, web-2, web-3, web-4, web-5, web-6, web-7";
        assert_eq!(lines(Style::PLAIN, &preview(7, Some(waves))).join("\n"), expected);
    }

    #[test]
    fn zones_and_large_fleets_are_told() {
        let waves = vec![
            wave(2, Some("a"), None),
            wave(2, Some("a"), Some(60_000)),
            wave(2, Some("b"), None),
            wave(1, None, None),
        ];
        let told = lines(Style::PLAIN, &preview(7, Some(waves))).join("\n");
        let expected = "\
  wave  hosts   zone
  1–2   2 each  a, then watched for 1 min
  3     2       b
  4     1       none
";
        assert!(told.contains(expected), "{told}");
        let told = lines(Style::PLAIN, &preview(600, None)).join("\n");
        assert!(told.contains("share 3 places") && told.ends_with("web-12 and 588 more"), "{told}");
    }
}
