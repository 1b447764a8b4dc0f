//! What a workflow of Microsoft Teams that takes webhooks gets: a message with an Adaptive Card.

use serde_json::{Value, json};

use super::facts::Facts;
use super::people::{Mood, details, headline, mood};

/// The body.
pub fn body(facts: &Facts) -> Value {
    let color = match mood(facts.told) {
        Mood::Good => "Good",
        Mood::Bad => "Attention",
        Mood::Plain => "Default",
    };
    let rows = details(facts).into_iter().map(|(title, value)| json!({ "title": title, "value": value }));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [
                    {
                        "type": "TextBlock",
                        "text": headline(facts),
                        "weight": "Bolder",
                        "size": "Medium",
                        "color": color,
                        "wrap": true,
                    },
                    { "type": "FactSet", "facts": rows.collect::<Vec<_>>() },
                ],
            },
        }],
    })
}
