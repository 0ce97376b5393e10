//! Slack: a text, and blocks of its Block Kit.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Message, fitting};

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
    json!({ "type": "plain_text", "text": fitting(text, chars, entities), "emoji": false })
}

pub(super) fn body(message: &Message) -> Value {
    let text = fitting(&message.line(), 1_000, escape);
    let mut body = json!({ "text": text, "unfurl_links": false, "unfurl_media": false });
    if !message.is_laid_out {
        return body;
    }
    let mut blocks = vec![json!({ "type": "header", "text": plain(&message.headline, 150) })];
    if !message.title.is_empty() {
        blocks.push(json!({ "type": "section", "text": plain(&message.title, 1_000) }));
    }
    // `verbatim`: addresses, channels and names in it stay what they are, text.
    let field = |(label, value): &(Cow<'_, str>, String)| {
        let text = format!("*{}*\n{}", fitting(label, 100, escape), fitting(value, 800, escape));
        json!({ "type": "mrkdwn", "text": text, "verbatim": true })
    };
    if !message.facts.is_empty() {
        let fields: Vec<Value> = message.facts.iter().map(field).collect();
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    if let Some(body) = body.as_object_mut() {
        body.insert("blocks".to_owned(), json!(blocks));
    }
    body
}
