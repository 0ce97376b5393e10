//! Events as messages for people in a chat. Reminders, escalations and publications are laid out; everything else is one line.
//!
//! What people wrote is never markup there: each format escapes it in its own way, or has a form of text that knows no markup.

mod digest;
mod discord;
mod phrases;
mod slack;
mod teams;

use std::borrow::Cow;

use entity::enums::WebhookFormat;
use serde_json::Value;

use super::envelope::Told;

/// A message before it takes a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What happened, such as `REC-4 is overdue`.
    pub headline: String,
    /// The title of what it happened to; empty when there is none.
    pub title: String,
    /// What to know: name and value.
    pub facts: Vec<(Cow<'static, str>, String)>,
    /// Whether it is worth more than a line.
    pub is_laid_out: bool,
}

impl Message {
    /// Of an event.
    pub fn of(told: &Told) -> Self {
        match told.event_type.as_str() {
            "team.weekly_digest" => digest::message(told),
            _ => phrases::message(told),
        }
    }

    /// All of it in one line.
    fn line(&self) -> String {
        if self.title.is_empty() {
            self.headline.clone()
        } else {
            format!("{}: {}", self.headline, self.title)
        }
    }
}

/// The body of a delivery, as text.
pub fn body(format: WebhookFormat, told: &Told) -> String {
    let message = Message::of(told);
    let value: Value = match format {
        WebhookFormat::Standard => return told.json(),
        WebhookFormat::Slack => slack::body(&message),
        WebhookFormat::Teams => teams::body(&message),
        WebhookFormat::Discord => discord::body(&message),
    };
    value.to_string()
}

/// At most so many characters.
fn short(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    text.chars().take(chars.saturating_sub(1)).chain(['…']).collect()
}

/// As much of a text as has at most so many characters once it is escaped.
fn fitting(text: &str, chars: usize, escape: fn(&str) -> String) -> String {
    let mut most = chars;
    loop {
        let escaped = escape(&short(text, most));
        let over = escaped.chars().count().saturating_sub(chars);
        if over == 0 || most == 0 {
            return escaped;
        }
        most = most.saturating_sub(over.div_ceil(5).max(1));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NASTY: &str = "<!channel> *bold* _it_ `code` [x](http://evil.example) @everyone & </at> ||s|| # h";

    fn overdue() -> Told {
        Told {
            id: "evt_1".to_owned(),
            event_type: "recommendation.overdue".to_owned(),
            sequence: 1,
            occurred_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            actor: json!({ "kind": "SCHEDULER", "name": "Scheduler" }),
            subject: json!({
                "type": "RECOMMENDATION", "key": "REC-4", "title": NASTY, "status": "ACCEPTED", "priority": "P1", "dueOn": "2026-03-01",
                "owner": { "name": "A*da" }, "team": { "name": "Payments" }, "url": "https://pm.example/recommendations/REC-4?a=1&b=2",
                "incident": { "key": "INC-1", "severity": "SEV1", "title": "Down" },
            }),
            changes: json!([]),
            payload: json!({}),
            today: "2026-03-02".parse().unwrap(),
        }
    }

    #[test]
    fn slack_escapes() {
        let body: Value = serde_json::from_str(&body(WebhookFormat::Slack, &overdue())).unwrap();
        let text = body.to_string();
        assert!(!text.contains("<!channel>"), "{text}");
        assert!(
            body["text"]
                .as_str()
                .unwrap()
                .starts_with("REC-4 is overdue since yesterday"),
            "{text}"
        );
        assert_eq!(body["blocks"][0]["text"]["type"], "plain_text");
        assert!(!text.contains("A*da"), "{text}");
    }

    /// Chats refuse what is longer than they allow, escapes included.
    #[test]
    fn what_is_escaped_fits_as_well() {
        let mut told = overdue();
        told.subject["title"] = json!("&*".repeat(2_000));
        told.subject["key"] = json!("&".repeat(500));
        told.subject["owner"]["name"] = json!("<&*|".repeat(2_000));
        let slack: Value = serde_json::from_str(&body(WebhookFormat::Slack, &told)).unwrap();
        let length = |pointer: &str, body: &Value| body.pointer(pointer).unwrap().as_str().unwrap().chars().count();
        assert!(length("/blocks/0/text/text", &slack) <= 150);
        assert!(length("/blocks/1/text/text", &slack) <= 3_000);
        assert!(length("/blocks/2/fields/0/text", &slack) <= 2_000);
        let discord: Value = serde_json::from_str(&body(WebhookFormat::Discord, &told)).unwrap();
        assert!(length("/embeds/0/title", &discord) <= 256);
        assert!(length("/embeds/0/fields/0/value", &discord) <= 1_024);
        assert!(discord["embeds"].to_string().chars().count() <= 6_000);
    }

    #[test]
    fn what_was_done_meanwhile_is_not_called_late() {
        let mut told = overdue();
        told.subject["status"] = json!("VERIFIED");
        assert_eq!(Message::of(&told).headline, "REC-4 is verified by now");
    }

    #[test]
    fn discord_mentions_nobody() {
        let body: Value = serde_json::from_str(&body(WebhookFormat::Discord, &overdue())).unwrap();
        assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        let described = body["embeds"][0]["description"].as_str().unwrap();
        assert!(
            described.contains("\\*bold\\*") && described.contains("\\[x\\]\\("),
            "{described}"
        );
    }

    #[test]
    fn teams_has_text_without_markup() {
        let body: Value = serde_json::from_str(&body(WebhookFormat::Teams, &overdue())).unwrap();
        let card = &body["attachments"][0]["content"];
        assert_eq!(card["type"], "AdaptiveCard");
        let blocks = card["body"].as_array().unwrap();
        assert!(blocks.iter().all(|block| block["type"] == "RichTextBlock"), "{card}");
        assert!(card.to_string().contains("SEV1"));
    }

    #[test]
    fn everything_else_is_a_line() {
        let told = Told {
            event_type: "recommendation.accepted".to_owned(),
            actor: json!({ "kind": "USER", "name": "Ada" }),
            ..overdue()
        };
        let message = Message::of(&told);
        assert_eq!(message.headline, "REC-4 was accepted by Ada");
        assert!(!message.is_laid_out);
        let unknown = Told {
            event_type: "weather.turned_bad".to_owned(),
            subject: json!({ "type": "TEAM" }),
            ..told
        };
        assert_eq!(Message::of(&unknown).headline, "Weather turned bad, by Ada");
        for format in WebhookFormat::ALL {
            assert!(!body(*format, &unknown).is_empty());
        }
    }
}
