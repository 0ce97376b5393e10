//! Brings one link into step: reads both sides, decides, and tells the tracker what it must know. The rest is recorded afterwards.

use chrono::{Duration, NaiveDate};
use entity::enums::RecommendationStatus;

use super::{
    claim::Claim,
    open,
    prepare::{Plan, Prepared, prepare, text},
    record,
    remote::{Edit, Failure, Issue, Tracker, Wire},
    theirs,
};
use crate::{
    auth::Session,
    platform::error::Error,
    trackers::{
        model::{Connection, Decision, Field, Values, reconcile},
        queries::stored,
    },
};

/// How far clocks may be apart when an issue is looked for by its age.
const CLOCKS: Duration = Duration::minutes(10);

/// What the calls came to.
pub(super) struct Done {
    /// The issue as it is now.
    pub issue: Issue,
    /// What was decided. What was to be told has been told.
    pub decision: Decision,
    /// What the tracker was told and says otherwise all the same.
    pub not_taken: Vec<Field>,
}

/// Brings a link in hand into step, and lets go of it.
pub async fn sync(session: &Session, wire: &Wire, claim: &Claim) -> Result<(), Error> {
    let (connection, tracker) = open(session, wire, &claim.connection)?;
    match prepare(session, claim, &connection).await? {
        Plan::Nothing => record::nothing(session, claim).await,
        Plan::Withheld(why) => record::withheld(session, claim, why).await,
        Plan::Compare(prepared) => {
            let settled = stored(&claim.link.settled)?;
            let mut done = call(&*tracker, claim, &connection, &prepared, |theirs| {
                reconcile(&prepared.base, &prepared.ours, theirs, &settled)
            })
            .await;
            // Who may no longer see a project, or asks for it by an old name, is told of its issues what is told of lost ones.
            if let Err(Failure::Gone | Failure::Moved) = done
                && let Err(failure) = tracker.check().await
            {
                done = Err(failure);
            }
            match done {
                Ok(done) => Box::pin(record::done(session, claim, &connection, &prepared, done)).await,
                Err(failure) => record::failed(session, claim, &failure).await,
            }
        }
    }
}

async fn call(
    tracker: &dyn Tracker,
    claim: &Claim,
    connection: &Connection,
    prepared: &Prepared,
    decide: impl Fn(&Values) -> Decision,
) -> Result<Done, Failure> {
    let issue = match &claim.link.external_id {
        Some(id) => tracker.read(id).await?,
        None => made(tracker, claim, prepared).await?,
    };
    let decision = decide(&theirs(connection, &issue));
    if decision.push.is_empty() {
        return Ok(Done {
            issue,
            decision,
            not_taken: Vec::new(),
        });
    }
    let edit = edit(connection, &decision.push);
    let issue = tracker.edit(&issue.id, &edit).await?;
    let now = theirs(connection, &issue);
    let not_taken = decision.push.iter();
    let not_taken = not_taken.filter(|(field, value)| now.get(field) != Some(value));
    let not_taken = not_taken.map(|(field, _)| *field).collect();
    Ok(Done {
        issue,
        decision,
        not_taken,
    })
}

/// Makes the issue, unless an earlier attempt has.
async fn made(tracker: &dyn Tracker, claim: &Claim, prepared: &Prepared) -> Result<Issue, Failure> {
    if claim.link.is_attempted {
        let marker = crate::trackers::model::issue_text::marker(claim.link.id);
        let since = claim.link.created_at - CLOCKS;
        if let Some(issue) = tracker.find(&marker, since).await? {
            return Ok(issue);
        }
    }
    let made = tracker.create(&prepared.draft).await;
    made.map_err(|failure| match failure {
        Failure::Gone | Failure::Moved => Failure::NoProject,
        other => other,
    })
}

fn edit(connection: &Connection, push: &Values) -> Edit {
    let user = text(push, Field::Owner).and_then(|id| id.parse().ok());
    let status: Option<RecommendationStatus> = text(push, Field::Status).and_then(|status| status.parse().ok());
    let due_on: Option<Option<NaiveDate>> = push
        .get(&Field::DueOn)
        .map(|value| value.as_str().and_then(|day| day.parse().ok()));
    let is_told = |field| push.get(&field).is_some();
    Edit {
        title: text(push, Field::Title).map(str::to_owned),
        status: status
            .and_then(|status| connection.statuses.external(status))
            .map(str::to_owned),
        assignee: is_told(Field::Owner).then(|| user.and_then(|user| connection.external_of(user)).map(str::to_owned)),
        due_on,
    }
}
