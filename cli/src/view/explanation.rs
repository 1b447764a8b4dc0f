//! An explanation: what `cutover explain` prints.

use cutover_core::explain::Explanation;
use cutover_core::time::Timestamp;

use crate::view::bar::percent;
use crate::view::clock;
use crate::view::style::Style;

/// Why a deployment is where it is, line by line.
pub(crate) fn lines(style: Style, id: &str, explanation: &Explanation, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", style.bold(id), style.status(&explanation.status))];
    let mut told =
        |title: &str, text: String| lines.push(format!("{} {text}", style.dim(&format!("{title:<7}"))));
    told("now", explanation.now.clone());
    for why in &explanation.why {
        told("why", why.clone());
    }
    if let Some(next) = &explanation.next {
        told("next", format!("{next}{}", when(explanation, now)));
    }
    if let Some(queue) = &explanation.queue {
        told("by", format!("the function {queue}"));
    }
    if let Some(weight) = explanation.target_weight {
        told("traffic", format!("{} % on the target version", percent(weight)));
    }
    for entry in &explanation.ledger {
        told("alias", entry.clone());
    }
    for advice in &explanation.advice {
        told("advice", style.yellow(advice));
    }
    lines
}

/// What the ledger says of an alias that is no longer this deployment's: somebody else moved or removed it.
pub(crate) fn not_ours(explanation: &Explanation) -> Option<&str> {
    let foreign = |entry: &&String| {
        entry.contains(": somebody else put it at ") || entry.ends_with(": it no longer exists")
    };
    explanation.ledger.iter().find(foreign).map(String::as_str)
}

/// ` (in 4 min 5 s, at 12:00:05.250 UTC)`.
pub(crate) fn when(explanation: &Explanation, now: Timestamp) -> String {
    let Some(at) = explanation.next_at else { return String::new() };
    let at = Timestamp::from_millis((at * 1000.0).round() as i64);
    match at.ms_since(now) {
        0 => " (now)".to_owned(),
        left => format!(" (in {}, at {} UTC)", clock::left(left), clock::clock(at)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn baking() -> Explanation {
        Explanation {
            status: "InProgress".into(),
            now: "At step 4 of 7 the share of the traffic stands, for 4 min more.".into(),
            why: Vec::new(),
            next: Some("Then: give version 2 all the traffic.".into()),
            next_at: Some(245.0),
            ledger: vec!["fn:live: last seen at version 1 with 10 % on version 2, was at version 1".into()],
            queue: Some("canary-shift".into()),
            target_weight: Some(0.1),
            undoing: false,
            advice: vec!["Wait.".into()],
        }
    }

    #[test]
    fn an_explanation_is_told() {
        let expected = "\
d-1  InProgress
now     At step 4 of 7 the share of the traffic stands, for 4 min more.
next    Then: give version 2 all the traffic. (in 4 min 5 s, at 00:04:05.000 UTC)
by      the function canary-shift
traffic 10 % on the target version
alias   fn:live: last seen at version 1 with 10 % on version 2, was at version 1
advice  Wait.";
        let lines = lines(Style { color: false }, "d-1", &baking(), Timestamp::from_millis(0));
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn what_is_left_is_rounded_as_the_service_does() {
        let now = Timestamp::from_millis(235_800);
        assert_eq!(when(&baking(), now), " (in 10 s, at 00:04:05.000 UTC)");
    }

    #[test]
    fn what_is_due_is_due_now() {
        assert_eq!(when(&baking(), Timestamp::from_millis(300_000)), " (now)");
    }
}
