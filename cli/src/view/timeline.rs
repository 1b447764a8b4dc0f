//! A timeline: what `cutover plan` prints.

use cutover_core::timeline::{Timeline, TimelineEntry};

use crate::view::clock;
use crate::view::style::Style;
use crate::view::table::columns;

/// The plan, line by line.
pub(crate) fn lines(style: Style, timeline: &Timeline) -> Vec<String> {
    let mut lines = vec![summary(style, timeline)];
    if timeline.speed > 1 {
        lines.push(style.yellow(&speed(timeline.speed)));
    }
    let head = ["step", "from", "takes", "share", "by", "what"].map(|title| style.dim(title));
    let mut rows = vec![head.to_vec()];
    rows.extend(timeline.entries.iter().map(|entry| row(style, entry)));
    lines.extend(columns(&rows).into_iter().map(|line| format!("  {line}")));
    lines.push(total(timeline));
    lines
}

/// What moves where and how, in a line.
pub(crate) fn summary(style: Style, timeline: &Timeline) -> String {
    let moved = format!("version {} → {}", timeline.current_version, timeline.target_version);
    format!("{}  {moved}  ({})", style.bold(&timeline.alias), timeline.summary)
}

fn row(style: Style, entry: &TimelineEntry) -> Vec<String> {
    let takes = match (entry.span_ms, is_hook(entry)) {
        (None, _) => style.dim("·"),
        (Some(span), true) => format!("≤ {}", clock::span(span)),
        (Some(span), false) => clock::span(span),
    };
    vec![
        (entry.step + 1).to_string(),
        if entry.offset_ms == 0 { "start".to_owned() } else { format!("+{}", clock::span(entry.offset_ms)) },
        takes,
        format!("{} %", entry.percent),
        style.dim(&entry.queue),
        entry.text.clone(),
    ]
}

/// Hooks take up to their limit, waits take all of it.
fn is_hook(entry: &TimelineEntry) -> bool {
    entry.queue.ends_with("-hook")
}

fn total(timeline: &Timeline) -> String {
    let shortest = clock::span(timeline.shortest_ms);
    if timeline.longest_ms == timeline.shortest_ms {
        return format!("in all {shortest}, and the time of the calls");
    }
    let longest = clock::span(timeline.longest_ms);
    format!("in all {shortest} if every hook answers at once, at most {longest}; and the time of the calls")
}

/// What a speed means.
pub(crate) fn speed(speed: u32) -> String {
    match speed {
        0 | 1 => "time runs at speed 1: waits take as long as they say".to_owned(),
        _ => {
            let wait = clock::span(300_000 / u64::from(speed));
            format!("time runs at speed {speed}: a 5-minute wait takes {wait}")
        }
    }
}

/// The steps that change the share of the target, with that share.
pub(crate) fn shifts(timeline: &Timeline) -> Vec<(u16, u8)> {
    let mut before = 0;
    let changes = timeline.entries.iter().filter_map(|entry| {
        let changed = entry.percent != before;
        before = entry.percent;
        changed.then_some((entry.step, entry.percent))
    });
    changes.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn canary() -> Timeline {
        let entry = |step, offset_ms, text: &str, queue: &str, percent, span_ms| TimelineEntry {
            step,
            offset_ms,
            text: text.into(),
            queue: queue.into(),
            percent,
            span_ms,
        };
        Timeline {
            alias: "fn:live".into(),
            current_version: "1".into(),
            target_version: "2".into(),
            summary: "canary: 10 %, 100 %".into(),
            speed: 60,
            shortest_ms: 5_000,
            longest_ms: 3_605_000,
            entries: vec![
                entry(0, 0, "look at fn:live", "canary-shift", 0, None),
                entry(1, 0, "invoke the BeforeAllowTraffic hook pre", "pre-traffic-hook", 0, Some(3_600_000)),
                entry(2, 0, "give version 2 10 % of the traffic", "canary-shift", 10, None),
                entry(3, 0, "let it stand for 5 s", "canary-shift", 10, Some(5_000)),
                entry(4, 5_000, "give version 2 all the traffic", "canary-shift", 100, None),
            ],
        }
    }

    #[test]
    fn a_plan_is_told() {
        let expected = "\
fn:live  version 1 → 2  (canary: 10 %, 100 %)
time runs at speed 60: a 5-minute wait takes 5 s
  step  from   takes  share  by                what
  1     start  ·      0 %    canary-shift      look at fn:live
  2     start  ≤ 1 h  0 %    pre-traffic-hook  invoke the BeforeAllowTraffic hook pre
  3     start  ·      10 %   canary-shift      give version 2 10 % of the traffic
  4     start  5 s    10 %   canary-shift      let it stand for 5 s
  5     +5 s   ·      100 %  canary-shift      give version 2 all the traffic
in all 5 s if every hook answers at once, at most 1 h; and the time of the calls";
        assert_eq!(lines(Style::PLAIN, &canary()).join("\n"), expected);
    }

    #[test]
    fn shifts_are_the_steps_that_change_the_share() {
        assert_eq!(shifts(&canary()), [(2, 10), (4, 100)]);
    }

    #[test]
    fn a_speed_is_told_by_what_it_does() {
        assert_eq!(speed(300), "time runs at speed 300: a 5-minute wait takes 1 s");
        assert!(speed(1).contains("speed 1"));
    }
}
