//! Discord: a line, or an embed. Nobody is mentioned, whatever a text says.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Message, short};

/// What Discord's Markdown would read as markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ':' | ';' | '\'' | '"' | '/' | '?' | '!' | '%' | '&') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

pub(super) fn body(message: &Message) -> Value {
    let nobody = json!({ "parse": [] });
    if !message.is_laid_out {
        let line = escape(&short(&message.line(), 800));
        // In angle brackets a link is not unfolded.
        let text = message
            .link
            .as_ref()
            .map_or(line.clone(), |url| format!("{line} <{url}>"));
        return json!({ "content": text, "allowed_mentions": nobody });
    }
    let field = |(label, value): &(Cow<'_, str>, String)| json!({ "name": label, "value": short(&escape(&short(value, 400)), 1_000), "inline": true });
    let fields: Vec<Value> = message.facts.iter().map(field).collect();
    let embed = json!({
        "title": escape(&short(&message.headline, 120)),
        "description": escape(&short(&message.title, 1_000)),
        "url": message.link,
        "fields": fields,
    });
    json!({ "embeds": [embed], "allowed_mentions": nobody })
}
