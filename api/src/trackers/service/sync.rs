//! Brings one link into step: reads both sides, decides, and tells the tracker what it must know. The rest is recorded afterwards.

use chrono::{Duration, NaiveDate};
use entity::enums::RecommendationStatus;
use serde_json::json;

use super::{
    claim::Claim,
    open, people,
    prepare::{Plan, Prepared, Target, prepare, text},
    record,
    remote::{Draft, Edit, Failure, Issue, Tracker, Wire},
    theirs,
};
use crate::{
    auth::Session,
    platform::error::Error,
    trackers::{
        model::{Connection, Decision, Field, Values, issue_text, reconcile},
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
    let (mut connection, tracker) = open(session, wire, &claim.connection)?;
    let prepared = match prepare(session, &*tracker, claim, &mut connection).await? {
        Plan::Nothing => return record::nothing(session, claim).await,
        Plan::Withheld(why) => return record::withheld(session, claim, why).await,
        Plan::Failed(failure) => return record::failed(session, claim, &failure).await,
        Plan::Compare(prepared) => prepared,
    };
    let issue = match read(&*tracker, claim, &prepared).await {
        Ok(issue) => issue,
        Err(failure) => return give_up(session, &*tracker, claim, failure).await,
    };
    people::recognise(session, claim.connection.id, &mut connection, &issue).await?;
    let settled = stored(&claim.link.settled)?;
    let theirs = theirs(&connection, &issue);
    let decision = reconcile(&prepared.base, &ours(&prepared, &theirs), &theirs, &settled);
    match tell(&*tracker, &connection, issue, decision).await {
        Ok(done) => Box::pin(record::done(session, claim, &connection, &prepared, done)).await,
        Err(failure) => give_up(session, &*tracker, claim, failure).await,
    }
}

/// Our side. At the first comparison somebody there does not take the place of an owner just because that one is unknown there.
fn ours(prepared: &Prepared, theirs: &Values) -> Values {
    let mut ours = prepared.ours.clone();
    let is_first = !prepared.base.contains_key(&Field::Owner);
    let is_somebody = theirs.get(&Field::Owner).is_some_and(|owner| !owner.is_null());
    if let Some(owner) = prepared.unknown_owner.filter(|_| is_first && is_somebody) {
        ours.insert(Field::Owner, json!(owner));
    }
    ours
}

/// Who may no longer see a project, or asks for it by an old name, is told of its issues what is told of lost ones.
async fn give_up(session: &Session, tracker: &dyn Tracker, claim: &Claim, failure: Failure) -> Result<(), Error> {
    let failure = match failure {
        Failure::Gone | Failure::Moved => tracker.check().await.err().unwrap_or(failure),
        other => other,
    };
    record::failed(session, claim, &failure).await
}

/// The issue as it is, or as it has just been made.
async fn read(tracker: &dyn Tracker, claim: &Claim, prepared: &Prepared) -> Result<Issue, Failure> {
    match &prepared.target {
        Target::There(id) => tracker.read(id).await,
        Target::New(draft) => made(tracker, claim, draft).await,
    }
}

/// Tells the tracker what it must know.
async fn tell(
    tracker: &dyn Tracker,
    connection: &Connection,
    issue: Issue,
    decision: Decision,
) -> Result<Done, Failure> {
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
async fn made(tracker: &dyn Tracker, claim: &Claim, draft: &Draft) -> Result<Issue, Failure> {
    if claim.link.is_attempted {
        let marker = issue_text::marker(claim.link.id);
        let since = claim.link.created_at - CLOCKS;
        if let Some(issue) = tracker.find(&marker, since).await? {
            return Ok(issue);
        }
    }
    let made = tracker.create(draft).await;
    made.map_err(Failure::of_project)
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
