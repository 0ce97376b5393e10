//! What follows from an answer, and when to try again.

use chrono::Duration;

/// Seconds to wait after the first failure, the second, and so on; three days and more in all.
const DELAYS: [i64; 9] = [
    5,
    5 * 60,
    30 * 60,
    2 * 3_600,
    5 * 3_600,
    10 * 3_600,
    14 * 3_600,
    20 * 3_600,
    24 * 3_600,
];

/// How long a worker has a delivery in hand: longer than a call and its record take. One that is gone holds it up as long.
pub const LEASE: Duration = Duration::seconds(60);

/// How much of a delay is added at most, so that what failed together does not come back together.
const JITTER: f64 = 0.1;

/// The longest that a receiver may ask to be left alone.
pub const LONGEST_PAUSE: Duration = Duration::hours(24);

/// How long a receiver who says that it is busy, but not for how long, is left alone at most.
const SHORT_PAUSE: Duration = Duration::minutes(5);

/// How long an endpoint may fail before it is disabled.
pub const PATIENCE: Duration = Duration::days(5);

/// How long the secret before a rotation still signs.
pub const OLD_SECRET: Duration = Duration::hours(24);

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived.
    Succeeded,
    /// It did not; a sentence says why.
    Failed(String),
    /// The receiver wants no more of this.
    Gone,
}

/// What a status means.
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Succeeded,
        300..=399 => Verdict::Failed(format!(
            "The answer was {status}, a redirect, which is not followed; set the address that it leads to."
        )),
        410 => Verdict::Gone,
        _ => Verdict::Failed(format!("The answer was {status}.")),
    }
}

/// How long to wait after a number of failures. `random` is from 0 to 1. None: give up.
pub fn delay(failures: i64, random: f64) -> Option<Duration> {
    let seconds = DELAYS.get(usize::try_from(failures.checked_sub(1)?).ok()?)?;
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a few days in milliseconds"
    )]
    let jitter = ((*seconds * 1_000) as f64 * JITTER * random.clamp(0.0, 1.0)) as i64;
    Some(Duration::seconds(*seconds) + Duration::milliseconds(jitter))
}

/// How long the whole endpoint is left alone after this status.
pub fn pause(status: u16, asked: Option<Duration>, delay: Duration) -> Option<Duration> {
    asked.or_else(|| matches!(status, 429 | 502 | 503 | 504).then(|| delay.min(SHORT_PAUSE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule() {
        let hours: Vec<i64> = (1..=9)
            .filter_map(|failures| delay(failures, 0.0))
            .map(|wait| wait.num_seconds())
            .collect();
        assert_eq!(hours, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(delay(10, 0.0), None);
        assert_eq!(delay(0, 0.0), None);
        assert_eq!(delay(2, 1.0), Some(Duration::seconds(330)));
        assert_eq!(delay(2, 7.0), Some(Duration::seconds(330)));
    }

    #[test]
    fn statuses() {
        assert_eq!(verdict(204), Verdict::Succeeded);
        assert_eq!(verdict(410), Verdict::Gone);
        assert!(matches!(verdict(302), Verdict::Failed(_)) && matches!(verdict(500), Verdict::Failed(_)));
        assert_eq!(pause(429, None, Duration::hours(2)), Some(Duration::minutes(5)));
        assert_eq!(
            pause(429, Some(Duration::hours(1)), Duration::seconds(5)),
            Some(Duration::hours(1))
        );
        assert_eq!(pause(500, None, Duration::hours(2)), None);
    }
}
