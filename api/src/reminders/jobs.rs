//! Reminds of all that is due, some at a time.

use chrono::{Days, NaiveDate};
use entity::{enums::PolicyTarget, ids::RecommendationId};

use super::{
    model::{days_left, owed},
    queries::{self, Candidate, Place, days},
    service::{remind_of_recommendation, remind_of_report, remind_of_review},
};
use crate::{
    auth::Session,
    platform::error::{Error, chain},
    policies::{self, model::DuePolicy},
};

/// Sends every reminder that is owed. Returns how many there were.
pub async fn remind(session: &Session) -> Result<usize, Error> {
    let mut sent = 0;
    for about in [PolicyTarget::Report, PolicyTarget::Recommendation] {
        sent += remind_of_items(session, about).await?;
    }
    Ok(sent + remind_of_reviews(session).await?)
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
