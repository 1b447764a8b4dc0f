//! What an incoming webhook of Slack gets.

use serde_json::{Value, json};

use super::facts::Facts;
use super::people::{Mood, details, headline, mood};

/// The body.
pub fn body(facts: &Facts) -> Value {
    let sign = match mood(facts.told) {
        Mood::Good => ":white_check_mark:",
        Mood::Bad => ":x:",
        Mood::Plain => ":arrow_forward:",
    };
    let head = escaped(&headline(facts));
    let fields = details(facts)
        .into_iter()
        .map(|(name, value)| json!({ "type": "mrkdwn", "text": format!("*{name}*\n{}", escaped(&clipped(&value))) }));
    json!({
        "text": head,
        "blocks": [
            { "type": "section", "text": { "type": "mrkdwn", "text": format!("{sign} *{head}*") } },
            { "type": "section", "fields": fields.collect::<Vec<_>>() },
        ],
    })
}

/// Slack reads these three as its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A field takes 2,000 characters, escaped.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(350) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
