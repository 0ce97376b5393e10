//! Writes values as YAML that people can read and every reader takes the same way: what could be taken for something else is
//! quoted, and in quotes stands only what can be seen.

use std::fmt::Write;

use serde_json::Value;

/// A mapping, as the lines of front matter.
pub(super) fn lines(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                out.push_str(&indent);
                out.push_str(name);
                out.push(':');
                entry(out, value, depth + 1);
            }
        }
        Value::Array(values) => {
            for value in values {
                out.push_str(&indent);
                match value {
                    // The first field stands on the line of the dash.
                    Value::Object(fields) if !fields.is_empty() => {
                        let mut nested = String::new();
                        write(&mut nested, value, depth + 1);
                        out.push_str("- ");
                        out.push_str(nested.trim_start());
                    }
                    other => {
                        out.push('-');
                        entry(out, other, depth + 1);
                    }
                }
            }
        }
        _ => {}
    }
}

fn entry(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if fields.is_empty() => out.push_str(" {}\n"),
        Value::Array(values) if values.is_empty() => out.push_str(" []\n"),
        Value::Object(_) | Value::Array(_) => {
            out.push('\n');
            write(out, value, depth);
        }
        Value::String(text) => {
            out.push(' ');
            scalar(out, text);
            out.push('\n');
        }
        other => {
            // Writing to a String cannot fail.
            let _ = writeln!(out, " {other}");
        }
    }
}

/// Words that some reader of YAML takes for something else than a word.
const TAKEN: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

fn scalar(out: &mut String, text: &str) {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'))
        && !TAKEN.contains(&text.to_ascii_lowercase().as_str())
        && !matches!(text.to_ascii_lowercase().as_str(), "inf" | "nan");
    if is_plain {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' ' => out.push(' '),
            // Control characters, separators of lines, marks of byte order and what is no character.
            c if c.is_control()
                || c.is_whitespace()
                || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
                || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
                || matches!(c, '\u{fdd0}'..='\u{fdef}') =>
            {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
