//! Brings one link into step: reads both sides, decides, and tells the tracker what it must know. The rest is recorded afterwards.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use entity::enums::RecommendationStatus;
use serde_json::json;

use super::{
    claim::Claim,
    open, people,
    prepare::{Plan, Prepared, Target, prepare, text},
    record,
    remote::{Assignee, Draft, Edit, Failure, Issue, Tracker, Wire},
    theirs,
};
use crate::{
    auth::Session,
    platform::{
        background::survive,
        error::{Error, chain},
    },
    trackers::{
        model::{Choice, Conflict, Connection, Decision, Field, RULES, Side, Values, reconcile},
        queries::stored,
    },
};

/// How far clocks may be apart when an issue is looked for by its age.
const CLOCKS: Duration = Duration::minutes(10);

/// How long an issue may be looked for before it is made: what is left of the lease is more than its making takes.
const SEARCH: std::time::Duration = std::time::Duration::from_secs(100);

/// What the calls came to.
pub(super) struct Done {
    /// The issue as it is now.
    pub issue: Issue,
    /// What was decided. What was to be told has been told.
    pub decision: Decision,
    /// What the tracker was told and says otherwise all the same.
    pub not_taken: Vec<Field>,
    /// Why, as far as the tracker has said.
    pub refusal: Option<Failure>,
    /// Whether somebody there changed something else between our reading and our writing.
    pub has_moved: bool,
}

/// Brings a link in hand into step, and lets go of it, whatever happens.
pub async fn sync(session: &Session, wire: &Wire, claim: &Claim) -> Result<(), Error> {
    let Err(error) = survive(Box::pin(compare(session, wire, claim))).await else {
        return Ok(());
    };
    tracing::error!(
        tracker_link.id = %claim.link.id, error = %chain(&error),
        "a link could not be brought into step; trying again"
    );
    let stumbled = record::stumbled(session, claim, &error);
    session.app.databases.in_time(stumbled).await
}

async fn compare(session: &Session, wire: &Wire, claim: &Claim) -> Result<(), Error> {
    let databases = &session.app.databases;
    let (mut connection, tracker) = open(session, wire, &claim.connection)?;
    let prepared = match prepare(session, &*tracker, claim, &mut connection).await? {
        Plan::Nothing => return databases.in_time(record::nothing(session, claim)).await,
        Plan::Withheld(why) => return databases.in_time(record::withheld(session, claim, why)).await,
        Plan::Failed(failure) => return databases.in_time(record::failed(session, claim, &failure)).await,
        Plan::Compare(prepared) => prepared,
    };
    let (issue, is_new) = match read(&*tracker, claim, &prepared).await {
        Ok(read) => read,
        Err(failure) => return give_up(session, &*tracker, claim, failure).await,
    };
    let recognise = people::recognise(session, claim.connection.id, &mut connection, &issue);
    databases.in_time(recognise).await?;
    let owners = [prepared.ours.get(&Field::Owner), prepared.base.get(&Field::Owner)];
    let theirs = theirs(&connection, &issue, owners);
    let ours = ours(&prepared, &theirs);
    let choices: BTreeMap<Field, Choice> = stored(&claim.link.settled)?;
    // Nobody has written what an issue says that was just made.
    let base = if is_new { &theirs } else { &prepared.base };
    let decision = reconcile(base, &ours, &theirs, &still(&choices, &ours, &theirs));
    match tell(&*tracker, &connection, issue, &theirs, decision).await {
        Ok(done) => {
            let done = Box::pin(record::done(session, claim, &connection, &prepared, done));
            databases.in_time(done).await
        }
        Err(failure) => give_up(session, &*tracker, claim, failure).await,
    }
}

/// The choices that are still between the same values.
fn still(choices: &BTreeMap<Field, Choice>, ours: &Values, theirs: &Values) -> BTreeMap<Field, Side> {
    let holds = |(field, choice): (&Field, &Choice)| {
        let same = |conflict: &Conflict| {
            ours.get(field) == Some(&conflict.ours) && theirs.get(field) == Some(&conflict.theirs)
        };
        choice
            .between
            .as_ref()
            .is_none_or(same)
            .then_some((*field, choice.side))
    };
    choices.iter().filter_map(holds).collect()
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
    let failed = record::failed(session, claim, &failure);
    session.app.databases.in_time(failed).await
}

/// The issue as it is, or as it has just been made; and whether it has.
async fn read(tracker: &dyn Tracker, claim: &Claim, prepared: &Prepared) -> Result<(Issue, bool), Failure> {
    let draft = match &prepared.target {
        Target::There(id) => return Ok((tracker.read(id).await?, false)),
        Target::New(draft) => draft,
    };
    // An earlier attempt may have made it.
    if claim.link.is_attempted {
        let search = tracker.find(&draft.marker, claim.link.created_at - CLOCKS);
        let found = tokio::time::timeout(SEARCH, search).await.map_err(|_| {
            let sentence = "It takes too long to look whether the issue was made already.";
            Failure::Unreachable(sentence.to_owned())
        })?;
        if let Some(issue) = found.map_err(Failure::of_project)? {
            return Ok((issue, false));
        }
    }
    let made = make(tracker, draft).await.map_err(Failure::of_project)?;
    Ok((made, true))
}

/// Makes the issue: what is refused with an assignee, or with labels, without them. The owner is told afterwards, like any change.
async fn make(tracker: &dyn Tracker, draft: &Draft) -> Result<Issue, Failure> {
    let mut draft = draft.clone();
    loop {
        let made = tracker.create(&draft).await;
        match made {
            Err(Failure::Refused(_)) if draft.assignee.is_some() => draft.assignee = None,
            Err(Failure::Refused(_)) if !draft.labels.is_empty() => draft.labels.clear(),
            made => return made,
        }
    }
}

/// What was refused of a change, if the issue and the connection are as they should be. Some trackers say that an issue is gone to
/// whoever may not change it.
async fn refusal(tracker: &dyn Tracker, id: &str, failure: Failure) -> Result<Failure, Failure> {
    match failure {
        Failure::Gone | Failure::Moved => tracker.read(id).await.map(|_| Failure::Forbidden),
        Failure::Forbidden | Failure::ReadOnly | Failure::Refused(_) => Ok(failure),
        other => Err(other),
    }
}

/// Changes the issue, and returns how it is then. What is refused holds up nothing else: it comes back with why.
async fn change(
    tracker: &dyn Tracker,
    connection: &Connection,
    issue: Issue,
    before: &Values,
    push: &Values,
) -> Result<(Issue, Option<Failure>), Failure> {
    let all = edit(connection, &issue, before, push);
    let mut refused = match tracker.edit(&issue.id, &all).await {
        Ok(changed) => return Ok((changed, None)),
        Err(failure) => refusal(tracker, &issue.id, failure).await?,
    };
    if push.len() < 2 {
        return Ok((issue, Some(refused)));
    }
    // A part of it may have been done all the same.
    let mut issue = tracker.read(&issue.id).await?;
    let owners = [push.get(&Field::Owner), before.get(&Field::Owner)];
    for (field, value) in push {
        if theirs(connection, &issue, owners).get(field) == Some(value) {
            continue;
        }
        let alone = Values::from([(*field, value.clone())]);
        let alone = edit(connection, &issue, before, &alone);
        let answer = tracker.edit(&issue.id, &alone).await;
        match answer {
            Ok(changed) => issue = changed,
            Err(failure) => refused = refusal(tracker, &issue.id, failure).await?,
        }
    }
    Ok((issue, Some(refused)))
}

/// Tells the tracker what it must know.
async fn tell(
    tracker: &dyn Tracker,
    connection: &Connection,
    issue: Issue,
    before: &Values,
    decision: Decision,
) -> Result<Done, Failure> {
    if decision.push.is_empty() {
        return Ok(Done {
            issue,
            decision,
            not_taken: Vec::new(),
            refusal: None,
            has_moved: false,
        });
    }
    let (issue, refusal) = change(tracker, connection, issue, before, &decision.push).await?;
    let owners = [decision.push.get(&Field::Owner), before.get(&Field::Owner)];
    let now = theirs(connection, &issue, owners);
    let not_taken = decision.push.iter();
    let not_taken = not_taken.filter(|(field, value)| now.get(field) != Some(value));
    let not_taken = not_taken.map(|(field, _)| *field).collect();
    let is_told = |field: &Field| decision.push.contains_key(field);
    let has_moved = RULES
        .iter()
        .any(|rule| !is_told(&rule.field) && now.get(&rule.field) != before.get(&rule.field));
    Ok(Done {
        issue,
        decision,
        not_taken,
        refusal,
        has_moved,
    })
}

/// Who do it when one owner takes the place of another. The others stay.
fn assignees(connection: &Connection, issue: &Issue, before: &Values, owner: Option<&str>) -> Vec<String> {
    let was = before.get(&Field::Owner);
    let goes = |assignee: &&Assignee| {
        let user = people::known(connection, assignee);
        user.is_some_and(|user| was == Some(&json!(user))) || owner == Some(assignee.name.as_str())
    };
    let rest = issue.assignees.iter().filter(|assignee| !goes(assignee));
    let rest = rest.map(|assignee| assignee.name.clone());
    owner.map(str::to_owned).into_iter().chain(rest).collect()
}

fn edit(connection: &Connection, issue: &Issue, before: &Values, push: &Values) -> Edit {
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
        assignees: is_told(Field::Owner).then(|| {
            let owner = user.and_then(|user| connection.external_of(user));
            assignees(connection, issue, before, owner)
        }),
        due_on,
    }
}
