//! Microsoft Teams: a message with an Adaptive Card, as its workflows take it. Runs of text know no markup.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Message, short};

fn block(runs: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": short(text, 1_000) })
}

fn bold(text: &str) -> Value {
    json!({ "type": "TextRun", "text": short(text, 300), "weight": "bolder" })
}

pub(super) fn body(message: &Message) -> Value {
    let mut blocks = vec![block(vec![bold(&message.headline)])];
    if !message.title.is_empty() {
        blocks.push(block(vec![run(&message.title)]));
    }
    let fact = |(label, value): &(Cow<'_, str>, String)| block(vec![bold(&format!("{label}: ")), run(value)]);
    blocks.extend(message.facts.iter().map(fact));
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": short(&message.headline, 300),
        "body": blocks,
    });
    let attachment =
        json!({ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card });
    json!({ "type": "message", "attachments": [attachment] })
}
