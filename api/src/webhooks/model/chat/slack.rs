//! Slack: a text, and blocks of its Block Kit.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Message, short};

/// The three signs that Slack reads in every text.
fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What Slack's mrkdwn would read as markup. It has no escape for its own signs, so a space without width keeps them apart.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in entities(text).chars() {
        escaped.push(c);
        if matches!(c, '*' | '_' | '~' | '`') {
            escaped.push('\u{200b}');
        }
    }
    escaped
}

fn plain(text: &str, chars: usize) -> Value {
    json!({ "type": "plain_text", "text": entities(&short(text, chars)), "emoji": false })
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
    let mut blocks = vec![json!({ "type": "header", "text": plain(&message.headline, 120) })];
    if !message.title.is_empty() {
        blocks.push(json!({ "type": "section", "text": plain(&message.title, 1_000) }));
    }
    let field = |(label, value): &(Cow<'_, str>, String)| json!({ "type": "mrkdwn", "text": format!("*{label}*\n{}", escape(&short(value, 500))) });
    if !message.facts.is_empty() {
        let fields: Vec<Value> = message.facts.iter().map(field).collect();
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    if let Some(link) = link(message) {
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": link } }));
    }
    json!({ "text": text, "blocks": blocks })
}
