//! Reminds of all that is due, some at a time.

use chrono::{Days, Duration, NaiveDate, Weekday};
use entity::{enums::PolicyTarget, ids::RecommendationId};

use super::{
    model::{days_left, owed},
    queries::{self, Candidate, Place, days, digest::teams_without},
    service::{remind_of_recommendation, remind_of_report, remind_of_review, send_digest},
};
use crate::{
    auth::Session,
    platform::{
        clock::start_of_day_in,
        error::{Error, chain},
    },
    policies::{self, model::DuePolicy},
};

/// How long after the beginning of a week its digests are sent.
const DIGESTS_AFTER: Duration = Duration::hours(8);

/// Sends every reminder that is owed. Returns how many there were.
pub async fn remind(session: &Session) -> Result<usize, Error> {
    let mut sent = 0;
    for about in [PolicyTarget::Report, PolicyTarget::Recommendation] {
        sent += remind_of_items(session, about).await?;
    }
    sent += remind_of_reviews(session).await?;
    Ok(sent + send_digests(session).await?)
}

/// The digests of this week, from its Monday at eight in the morning on.
async fn send_digests(session: &Session) -> Result<usize, Error> {
    let monday = session.today().week(Weekday::Mon).first_day();
    let due_at = start_of_day_in(session.app.settings.time_zone, monday) + DIGESTS_AFTER;
    if session.now() < due_at {
        return Ok(0);
    }
    let mut sent = 0;
    for team in teams_without(&session.db, monday, due_at).await? {
        match send_digest(session, team, monday).await {
            Ok(told) => sent += usize::from(told),
            Err(error) => {
                tracing::error!(team.id = %team, error = %chain(&error), "a digest was not sent and will be tried again");
            }
        }
    }
    Ok(sent)
}

/// The last due date that some reminder looks ahead to.
fn horizon(session: &Session, policies: &[DuePolicy]) -> NaiveDate {
    let settings = session.app.settings.remind_days_before.iter().copied().map(u64::from);
    let policies = policies.iter().flat_map(|policy| &policy.rule.remind_days_before);
    let policies = policies.filter_map(|days| u64::try_from(*days).ok());
    let furthest = settings.chain(policies).max().unwrap_or(0);
    let today = session.today();
    today.checked_add_days(Days::new(furthest)).unwrap_or(today)
}

async fn remind_of_items(session: &Session, about: PolicyTarget) -> Result<usize, Error> {
    let policies = policies::queries::policies(&session.db, Some(about)).await?;
    let until = horizon(session, &policies);
    let (mut sent, mut after): (usize, Option<Place>) = (0, None);
    loop {
        let batch = match about {
            PolicyTarget::Report => queries::reports(&session.db, until, after).await?,
            PolicyTarget::Recommendation => queries::recommendations(&session.db, until, after).await?,
        };
        let Some(last) = batch.last() else { return Ok(sent) };
        after = Some((last.due_on, last.id));
        for candidate in &batch {
            if is_owed(session, &policies, candidate) {
                sent += remind_of(session, about, &policies, candidate).await;
            }
        }
    }
}

fn is_owed(session: &Session, policies: &[DuePolicy], candidate: &Candidate) -> bool {
    let left = days_left(candidate.due_on, session.today());
    !owed(left, &days(session, policies, &candidate.case), &candidate.sent).is_empty()
}

/// Each by itself: one that fails does not keep the others.
async fn remind_of(session: &Session, about: PolicyTarget, policies: &[DuePolicy], candidate: &Candidate) -> usize {
    let outcome = match about {
        PolicyTarget::Report => remind_of_report(session, candidate.id.into(), policies).await,
        PolicyTarget::Recommendation => {
            remind_of_recommendation(session, RecommendationId(candidate.id), policies).await
        }
    };
    outcome.unwrap_or_else(|error| {
        tracing::error!(subject.id = %candidate.id, error = %chain(&error), "a reminder was not sent and will be tried again");
        0
    })
}

async fn remind_of_reviews(session: &Session) -> Result<usize, Error> {
    let (mut sent, mut after) = (0, None);
    loop {
        let batch = queries::reviews(&session.db, session.today(), after).await?;
        let Some((place, _)) = batch.last() else {
            return Ok(sent);
        };
        after = Some(*place);
        for (_, planned) in &batch {
            match remind_of_review(session, planned).await {
                Ok(told) => sent += usize::from(told),
                Err(error) => {
                    tracing::error!(recommendation.id = %planned.recommendation, error = %chain(&error), "a reminder of a review was not sent and will be tried again");
                }
            }
        }
    }
}
