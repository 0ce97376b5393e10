//! How long whoever answered wants to be left alone, by the header Retry-After (RFC 9110, section 10.2.3).

use std::num::IntErrorKind;

use chrono::{DateTime, TimeDelta, Utc};

/// What the header asks for, seconds or a date that is to come: at most `longest`. None where it is neither: a date that is over says nothing.
pub fn asked_for(header: &str, now: DateTime<Utc>, longest: TimeDelta) -> Option<TimeDelta> {
    let header = header.trim();
    let wait = match header.parse::<i64>() {
        // Bounded before it becomes a time: there are numbers to which none belongs.
        Ok(seconds) => TimeDelta::seconds(seconds.clamp(0, longest.num_seconds())),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => longest,
        Err(error) if *error.kind() == IntErrorKind::NegOverflow => TimeDelta::zero(),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(header).ok()?.to_utc();
            Some(until - now).filter(|wait| *wait > TimeDelta::zero())?
        }
    };
    Some(wait.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        for (header, seconds) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("0", Some(0)),
            ("-5", Some(0)),
            ("soon", None),
            ("", None),
            ("4294967295", Some(86_400)),
            ("9223372036854775807", Some(86_400)),
            ("99999999999999999999", Some(86_400)),
            ("-99999999999999999999", Some(0)),
            ("Mon, 02 Mar 2026 09:01:00 GMT", Some(60)),
            ("Mon, 02 Mar 2026 08:00:00 GMT", None),
            ("Mon, 02 Mar 2026 09:00:00 GMT", None),
            ("Tue, 01 Mar 2101 09:00:00 GMT", Some(86_400)),
        ] {
            assert_eq!(
                asked_for(header, now, TimeDelta::days(1)).map(|wait| wait.num_seconds()),
                seconds,
                "{header}"
            );
        }
    }
}
