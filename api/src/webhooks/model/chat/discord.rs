//! Discord: a line, or an embed. Nobody is mentioned, whatever a text says.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Message, fitting};

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
        let text = fitting(&message.line(), 1_800, escape);
        return json!({ "content": text, "allowed_mentions": nobody });
    }
    // All of an embed may have 6,000 characters, with ten facts.
    let field = |(label, value): &(Cow<'_, str>, String)| json!({ "name": fitting(label, 60, escape), "value": fitting(value, 350, escape), "inline": true });
    let fields: Vec<Value> = message.facts.iter().map(field).collect();
    let embed = json!({
        "title": fitting(&message.headline, 250, escape),
        "description": fitting(&message.title, 700, escape),
        "fields": fields,
    });
    json!({ "embeds": [embed], "allowed_mentions": nobody })
}
