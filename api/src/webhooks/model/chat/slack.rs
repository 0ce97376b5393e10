//! Slack: a text, and blocks of its Block Kit.

use serde_json::{Value, json};

use super::{Message, short};

/// What Slack's mrkdwn would read as markup. It has no escape for its own signs, so a space without width keeps them apart.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '*' | '_' | '~' | '`' => escaped.extend([c, '\u{200b}']),
            other => escaped.push(other),
        }
    }
    escaped
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": short(text, 150), "emoji": false })
}

fn link(message: &Message) -> Option<String> {
    let url = message.link.as_ref()?;
    let url = url
        .replace('&', "&amp;")
        .replace('<', "%3C")
        .replace('>', "%3E")
        .replace('|', "%7C");
    Some(format!("<{url}|Open it>"))
}

pub(super) fn body(message: &Message) -> Value {
    let text = escape(&short(&message.line(), 1_000));
    if !message.is_laid_out {
        let text = link(message).map_or(text.clone(), |link| format!("{text} {link}"));
        return json!({ "text": text });
    }
    let mut blocks = vec![json!({ "type": "header", "text": plain(&message.headline) })];
    if !message.title.is_empty() {
        let title = json!({ "type": "plain_text", "text": short(&message.title, 1_000), "emoji": false });
        blocks.push(json!({ "type": "section", "text": title }));
    }
    let field = |(label, value): &(&str, String)| json!({ "type": "mrkdwn", "text": format!("*{label}*\n{}", escape(&short(value, 500))) });
    if !message.facts.is_empty() {
        let fields: Vec<Value> = message.facts.iter().map(field).collect();
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    if let Some(link) = link(message) {
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": link } }));
    }
    json!({ "text": text, "blocks": blocks })
}
