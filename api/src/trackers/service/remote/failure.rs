//! Why a call brought nothing, and what follows from that.

use std::num::{IntErrorKind, ParseIntError};

use chrono::{DateTime, TimeDelta, Utc};

use serde_json::Value;

use crate::platform::{outbound::Answer, retry_after::asked_for};

/// What people are told of a limit, and what a paused connection is known by that waits for one.
pub const LIMITED: &str = "The tracker limits how often it may be asked; it is asked again later.";
/// The longest that a tracker may ask to be left alone.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);

/// Why. A sentence of each is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer came.
    #[error("The tracker cannot be reached: {0}")]
    Unreachable(String),
    /// 401.
    #[error("The tracker does not take the token; give the connection another with updateTrackerConnection.")]
    Unauthorised,
    /// 403.
    #[error("The token may not do this in the tracker; give it the right to read and write issues of the project.")]
    Forbidden,
    /// 404 for the project.
    #[error(
        "The tracker knows no such project, or the token may not see it; check the project and the rights of the token."
    )]
    NoProject,
    /// 404 or 410 for an issue of a project that is there.
    #[error("The issue is gone from the tracker; unlink it, or create another.")]
    Gone,
    /// The issue is elsewhere now.
    #[error("The issue was moved out of the project; link it where it is now.")]
    Moved,
    /// The project or issue takes no changes.
    #[error("The project takes no changes in the tracker; perhaps it is archived or the issue is locked.")]
    ReadOnly,
    /// 422 and the like.
    #[error("The tracker refused this: {0}")]
    Refused(String),
    /// Asked too much. Until then nothing is to be asked.
    #[error("{}", LIMITED)]
    Busy(DateTime<Utc>),
    /// 5xx.
    #[error("The tracker answered with status {0}; it is asked again later.")]
    Broken(u16),
    /// It says itself that the fault is its own.
    #[error("The tracker says that something went wrong in it; it is asked again later.")]
    Faulty,
    /// More than is read. A list is asked for in smaller parts.
    #[error(
        "The tracker's answer is longer than 8 MiB, the most that is read of one; if it is of one issue, shorten its text there, or unlink it."
    )]
    TooLarge,
    /// Not what it should be.
    #[error("The tracker answered with something that cannot be read; is the address that of its API?")]
    Unreadable,
}

impl Failure {
    /// Whether it is about the connection rather than one issue: then the others need not try.
    pub fn is_of_connection(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Unauthorised
                | Self::NoProject
                | Self::Busy(_)
                | Self::Broken(_)
                | Self::Faulty
        )
    }

    /// Until when a tracker that asks for it is left alone: no longer than is sensible, and for a minute when it does not say.
    pub fn pause_until(asked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
        let until = asked.unwrap_or(now + TimeDelta::minutes(1));
        until.clamp(now + TimeDelta::seconds(1), now + LONGEST_PAUSE)
    }

    /// The same of a call that was for the whole project.
    pub fn of_project(self) -> Self {
        match self {
            Self::Gone | Self::Moved => Self::NoProject,
            other => other,
        }
    }

    /// What an answer that is no success means.
    pub fn of(answer: &Answer, now: DateTime<Utc>) -> Self {
        if let Some(until) = pause(answer, now) {
            return Self::Busy(until);
        }
        match answer.status {
            401 => Self::Unauthorised,
            403 => Self::Forbidden,
            404 | 410 => Self::Gone,
            300..=399 => Self::Moved,
            500..=599 => Self::Broken(answer.status),
            _ => Self::Refused(said(answer)),
        }
    }
}

/// What the tracker says about a refusal, in one line that is not too long: what it says for people, and nothing else of the answer.
fn said(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let names = ["message", "error", "error_description", "errorMessages", "errors"];
    let mut sentences = Vec::new();
    names
        .iter()
        .filter_map(|name| body.get(name))
        .for_each(|said| gather(said, &mut sentences));
    let line = sentences.join(" ");
    let line: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect();
    match line.trim() {
        "" => format!("status {}.", answer.status),
        line => format!("status {}, {line}", answer.status),
    }
}

/// The texts of a value, with the names of fields that they are about.
fn gather(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if !matches!(name.as_str(), "message" | "code" | "field" | "resource") {
                    into.push(format!("{name}:"));
                }
                gather(value, into);
            }
        }
        _ => {}
    }
}

/// A whole number as a tracker writes it. One that is larger than any of ours counts as the largest.
pub(super) fn whole(text: &str) -> Option<i64> {
    let parsed: Result<i64, ParseIntError> = text.trim().parse();
    match parsed {
        Ok(number) => Some(number),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(i64::MAX),
        Err(_) => None,
    }
}

/// Until when an answer asks to be left alone. GitHub says so with 403 too, and tells either how long or, when all is used up, when
/// there is more; a limit without either is waited for a minute.
fn pause(answer: &Answer, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let seconds = |name: &str| answer.header(name).and_then(whole);
    let is_limit = matches!(answer.status, 403 | 429 | 503);
    if !is_limit {
        return None;
    }
    let used_up = ["x-ratelimit-remaining", "ratelimit-remaining"]
        .iter()
        .any(|name| seconds(name) == Some(0));
    let reset = ["x-ratelimit-reset", "ratelimit-reset"]
        .iter()
        .find_map(|name| seconds(name))
        .map(|at| DateTime::from_timestamp(at.max(0), 0).unwrap_or(DateTime::<Utc>::MAX_UTC));
    let asked = answer
        .header("retry-after")
        .and_then(|header| asked_for(header, now, LONGEST_PAUSE));
    let until = match (asked, used_up, reset) {
        (Some(wait), _, _) => Some(now + wait),
        (None, true, Some(reset)) => Some(reset),
        _ if answer.status == 429 || is_secondary(answer) => None,
        _ => return None,
    };
    Some(Failure::pause_until(until, now))
}

fn is_secondary(answer: &Answer) -> bool {
    answer.status == 403
        && String::from_utf8_lossy(&answer.body)
            .to_lowercase()
            .contains("rate limit")
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Answer {
            status,
            headers: HeaderMap::from_iter(headers),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn limits_are_known_by_their_headers() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let busy = |seconds| Failure::Busy(now + TimeDelta::seconds(seconds));
        let used_up = |reset| answer(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)], "");
        let cases: [(Answer, Failure); 20] = [
            (answer(429, &[("retry-after", "30")], ""), busy(30)),
            (answer(403, &[("retry-after", "90")], ""), busy(90)),
            (
                answer(
                    403,
                    &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000600")],
                    "",
                ),
                busy(600),
            ),
            (answer(403, &[], "You have exceeded a secondary rate limit."), busy(60)),
            (answer(429, &[], ""), busy(60)),
            (
                answer(503, &[("retry-after", "Mon, 12 Jan 1970 13:51:40 GMT")], ""),
                busy(300),
            ),
            (
                answer(503, &[("retry-after", "Mon, 12 Jan 1970 13:00:00 GMT")], ""),
                Failure::Broken(503),
            ),
            (
                answer(429, &[("retry-after", "Mon, 12 Jan 1970 13:00:00 GMT")], ""),
                busy(60),
            ),
            (answer(429, &[("retry-after", "soon")], ""), busy(60)),
            (answer(429, &[("retry-after", "999999999")], ""), busy(6 * 3_600)),
            (answer(503, &[("retry-after", "5")], ""), busy(5)),
            (answer(429, &[("retry-after", "9000000000000")], ""), busy(6 * 3_600)),
            (
                answer(403, &[("retry-after", "9223372036854775807")], ""),
                busy(6 * 3_600),
            ),
            (
                answer(403, &[("retry-after", "99999999999999999999")], ""),
                busy(6 * 3_600),
            ),
            (answer(403, &[("retry-after", "-9223372036854775808")], ""), busy(1)),
            (used_up("9223372036854775807"), busy(6 * 3_600)),
            (used_up("99999999999999999999"), busy(6 * 3_600)),
            (used_up("-9223372036854775808"), busy(1)),
            (answer(403, &[("x-ratelimit-remaining", "41")], ""), Failure::Forbidden),
            (answer(503, &[], ""), Failure::Broken(503)),
        ];
        for (answer, expected) in cases {
            assert_eq!(Failure::of(&answer, now), expected, "{answer:?}");
        }
    }
}
