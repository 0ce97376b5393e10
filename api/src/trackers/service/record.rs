//! Records what a synchronisation came to.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use entity::{
    enums::{ClosureReason, RecommendationStatus, SyncState},
    recommendation, tracker_connection, tracker_link,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;
use url::Url;

use super::{
    SAFETY,
    claim::Claim,
    event, ours,
    pauses::{pause, wait, works},
    prepare::{Prepared, text},
    remote::{Failure, provider},
    seen,
    sync::Done,
    title,
};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    platform::{
        db::{Hold, Tx},
        error::{Error, is_unique_violation},
        text::TITLE_CHARS,
    },
    recommendations::{
        model::{NewEvidence, RecommendationPatch, Step, StepInput},
        service::{hold_to_edit, take_over},
    },
    trackers::{
        model::{Conflict, Connection, Field, Values, path, reconcile::named},
        queries::stored,
    },
};

/// Holds the recommendation of a claim, and then the link; none when the link is in other hands by now.
async fn hold(
    session: &Session,
    tx: &Tx,
    claim: &Claim,
) -> Result<Option<(recommendation::Model, tracker_link::Model)>, Error> {
    let item = hold_to_edit(session, tx, claim.link.recommendation_id).await?;
    let link = tracker_link::Entity::find_by_id(claim.link.id)
        .hold()
        .one(&**tx)
        .await?;
    let link = link.filter(|link| link.lease_until == Some(claim.lease));
    Ok(link.map(|link| (item, link)))
}

/// When a link that is in step is looked at next, and whether the issue must be read then: at once when something has asked for it
/// meanwhile.
fn next(session: &Session, claim: &Claim, link: &tracker_link::Model) -> (Option<DateTime<Utc>>, bool) {
    let now = session.now();
    match link.wanted == claim.link.wanted {
        true => (Some(now + SAFETY), false),
        false => (Some(now), link.must_read),
    }
}

/// There was nothing to do.
pub(super) async fn nothing(session: &Session, claim: &Claim) -> Result<(), Error> {
    let tx = session.begin().await?;
    let Some((_, link)) = hold(session, &tx, claim).await? else {
        return tx.commit().await;
    };
    let (next_sync_at, must_read) = next(session, claim, &link);
    let mut row = link.into_active_model();
    row.lease_until = Set(None);
    row.next_sync_at = Set(next_sync_at);
    row.must_read = Set(must_read);
    row.update(&*tx).await?;
    tx.commit().await?;
    session.app.meters.work.tracker_synced(true);
    Ok(())
}

/// It may not leave.
pub(super) async fn withheld(session: &Session, claim: &Claim, why: &str) -> Result<(), Error> {
    fail(session, claim, why).await
}

/// A call failed.
pub(super) async fn failed(session: &Session, claim: &Claim, failure: &Failure) -> Result<(), Error> {
    match failure {
        Failure::Gone | Failure::Moved => lost(session, claim, failure).await?,
        // A limit is no fault of anybody: it is waited for.
        Failure::Busy(_) => release(session, claim).await?,
        other => fail(session, claim, &other.to_string()).await?,
    }
    if failure.is_of_connection() {
        pause(session, &claim.connection, failure).await?;
    }
    Ok(())
}

/// What went wrong is not the tracker's: the log has it.
pub(super) async fn stumbled(session: &Session, claim: &Claim, error: &Error) -> Result<(), Error> {
    let why = match error {
        Error::Invalid(_) | Error::Forbidden(_) | Error::NotFound(_) => error.to_string(),
        _ => "Something went wrong here; it is tried again, and the log of the service says more.".to_owned(),
    };
    fail(session, claim, &why).await
}

async fn release(session: &Session, claim: &Claim) -> Result<(), Error> {
    let tx = session.begin().await?;
    if let Some((_, link)) = hold(session, &tx, claim).await? {
        let mut row = link.into_active_model();
        row.lease_until = Set(None);
        row.update(&*tx).await?;
    }
    tx.commit().await
}

/// The issue is gone: nothing is kept in step any more, and somebody hears of it.
async fn lost(session: &Session, claim: &Claim, failure: &Failure) -> Result<(), Error> {
    let tx = session.begin().await?;
    let Some((_, link)) = hold(session, &tx, claim).await? else {
        return tx.commit().await;
    };
    let why = failure.to_string();
    let told = event(
        "tracker.unlinked",
        &link,
        &claim.connection.name,
        json!({ "reason": why }),
    );
    let mut row = link.into_active_model();
    row.state = Set(SyncState::Unlinked);
    row.conflicts = Set(json!({}));
    row.last_error = Set(Some(why));
    row.next_sync_at = Set(None);
    row.lease_until = Set(None);
    row.updated_at = Set(session.now());
    row.update(&*tx).await?;
    record(session, &tx, vec![told]).await?;
    tx.commit().await?;
    session.app.meters.work.tracker_synced(false);
    Ok(())
}

/// It is not in step, and somebody hears of it once. It is tried again.
async fn fail(session: &Session, claim: &Claim, why: &str) -> Result<(), Error> {
    let tx = session.begin().await?;
    let Some((_, mut link)) = hold(session, &tx, claim).await? else {
        return tx.commit().await;
    };
    let is_news = link.state != SyncState::Failed || link.last_error.as_deref() != Some(why);
    let failures = link.failures + 1;
    let told = event(
        "tracker.failed",
        &link,
        &claim.connection.name,
        json!({ "reason": why }),
    );
    let is_wanted = link.wanted != claim.link.wanted;
    link.state = SyncState::Failed;
    link.last_error = Some(why.to_owned());
    link.failures = failures;
    link.lease_until = None;
    link.must_read = true;
    let later = if is_wanted {
        Duration::zero()
    } else {
        wait(failures, SAFETY)
    };
    link.next_sync_at = Some(session.now() + later);
    link.updated_at = session.now();
    link.into_active_model().reset_all().update(&*tx).await?;
    if is_news {
        record(session, &tx, vec![told]).await?;
    }
    tx.commit().await?;
    session.app.meters.work.tracker_synced(false);
    Ok(())
}

/// Writes down how the issue is, and what both sides have agreed on.
fn note(link: &mut tracker_link::Model, done: &Done, agreed: &Values) -> Result<(), Error> {
    let mut base: Values = stored(&link.base)?;
    base.extend(agreed.clone());
    link.base = json!(base);
    link.seen = seen(&done.issue);
    link.external_id = Some(done.issue.id.clone());
    link.external_key = Some(done.issue.key.clone());
    link.url = Url::parse(&done.issue.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .map(|_| done.issue.url.clone())
        .or(link.url.take());
    link.external_status = Some(done.issue.status.clone());
    Ok(())
}

/// What was told to the tracker, what both said already, and what we say where the tracker's word is not understood.
fn agreed(done: &Done) -> Values {
    let mut agreed = done.decision.agreed.clone();
    agreed.extend(done.decision.noted.clone());
    let told = done.decision.push.iter();
    agreed.extend(
        told.filter(|(field, _)| !done.not_taken.contains(field))
            .map(|(field, value)| (*field, value.clone())),
    );
    agreed
}

/// What is to be taken over, as changes and steps of the recommendation. Nothing when there is no way to the status.
fn taken_over(
    connection: &Connection,
    item: &recommendation::Model,
    done: &Done,
    pull: &Values,
) -> Option<(RecommendationPatch, Vec<StepInput>)> {
    let issue = &done.issue;
    let reason = format!("Changed in {} issue {}.", connection.name, issue.key);
    // As much of a title was compared as would be sent; taken over is all of it that we take.
    let whole = |told: &str| match issue.title.chars().count() <= TITLE_CHARS && title(&issue.title) == told {
        true => issue.title.clone(),
        false => told.to_owned(),
    };
    let patch = RecommendationPatch {
        title: text(pull, Field::Title).map(whole),
        owner: text(pull, Field::Owner).and_then(|id| id.parse().ok()).map(Some),
        due: text(pull, Field::DueOn)
            .and_then(|day| day.parse().ok())
            .map(|day| (day, reason.clone())),
        ..RecommendationPatch::default()
    };
    let target: Option<RecommendationStatus> = text(pull, Field::Status).and_then(|status| status.parse().ok());
    let steps = path::steps(item.status, target.unwrap_or(item.status))?;
    let closure = connection.statuses.meaning(&issue.status);
    let closure = closure.and_then(|mapping| mapping.closure_reason);
    let input = |step| match step {
        Step::Start => Some(StepInput::Start),
        Step::Block => Some(StepInput::Block { reason: reason.clone() }),
        Step::Implement => Some(StepInput::Implement {
            evidence: vec![NewEvidence {
                url: issue.url.clone(),
                note: Some(reason.clone()),
            }],
        }),
        Step::Decline => Some(StepInput::Decline {
            reason: closure.unwrap_or(ClosureReason::Rejected),
            note: reason.clone(),
            risk_accepted_until: None,
        }),
        Step::Reopen => Some(StepInput::Reopen {
            reason: reason.clone(),
            owner: None,
            due_on: None,
        }),
        Step::Accept | Step::Verify => None,
    };
    Some((patch, steps.into_iter().filter_map(input).collect()))
}

fn no_way(item: &recommendation::Model, issue_status: &str) -> String {
    format!(
        "The issue is {issue_status:?}, and {} is {}, from where no step leads there; change one of them.",
        item.key, item.status
    )
}

/// The calls succeeded: takes over what the tracker has changed, unless we have changed it meanwhile, and writes down where
/// both sides stand. What cannot be taken over holds up nothing else.
pub(super) async fn done(
    session: &Session,
    claim: &Claim,
    connection: &Connection,
    prepared: &Prepared,
    done: Done,
) -> Result<(), Error> {
    works(session, &claim.connection).await?;
    let came = Came {
        session,
        claim,
        connection,
        prepared,
        done: &done,
    };
    let pull = &done.decision.pull;
    let Some(why) = came.record(pull, None).await? else {
        return Ok(());
    };
    let mut possible = Values::new();
    for (field, value) in pull.iter().filter(|_| pull.len() > 1) {
        let alone = Values::from([(*field, value.clone())]);
        if came.is_possible(&alone).await? {
            possible.extend(alone);
        }
    }
    match came.record(&possible, Some(&why)).await? {
        None => Ok(()),
        Some(why) => fail(session, claim, &why).await,
    }
}

/// What the calls came to, on its way into the database.
struct Came<'a> {
    session: &'a Session,
    claim: &'a Claim,
    connection: &'a Connection,
    prepared: &'a Prepared,
    done: &'a Done,
}

impl Came<'_> {
    /// Takes values over, and writes down where both sides stand. `why`: what else could not be taken over. Returns why these
    /// could not.
    async fn record(&self, pull: &Values, why: Option<&str>) -> Result<Option<String>, Error> {
        let Self {
            session, claim, done, ..
        } = *self;
        let tx = session.begin().await?;
        let Some((item, mut link)) = hold(session, &tx, claim).await? else {
            tx.commit().await?;
            return Ok(None);
        };
        let now = ours(self.connection, &item);
        let mut taken = pull.clone();
        taken.retain(|field, _| now.get(field) == self.prepared.ours.get(field));
        let is_missed = done.has_moved || taken.len() < pull.len();
        let mut events = match self.take(&tx, &item, &taken).await? {
            Ok(events) => events,
            Err(why) => return Ok(Some(why)),
        };
        let mut agreed = agreed(done);
        agreed.extend(taken);
        let is_new = link.last_synced_at.is_none();
        let before: BTreeMap<Field, Conflict> = stored(&link.conflicts)?;
        note(&mut link, done, &agreed)?;
        events.extend(told(&link, &claim.connection, done, is_new, &before));
        let (next_sync_at, must_read) = next(session, claim, &link);
        link.must_read = is_missed || must_read;
        link.next_sync_at = if is_missed { Some(session.now()) } else { next_sync_at };
        let was = (link.state, link.last_error.clone());
        finish(&mut link, done, claim, why, session.now());
        let succeeded = link.state != SyncState::Failed;
        if !succeeded && was != (link.state, link.last_error.clone()) {
            let payload = json!({ "reason": link.last_error });
            events.push(event("tracker.failed", &link, &claim.connection.name, payload));
        }
        match link.into_active_model().reset_all().update(&*tx).await {
            Err(error) if is_unique_violation(&error) => {
                let sentence = "The issue is linked to another recommendation; unlink one of them.";
                return Ok(Some(sentence.to_owned()));
            }
            updated => updated?,
        };
        record(session, &tx, events).await?;
        tx.commit().await?;
        session.app.meters.work.tracker_synced(succeeded);
        Ok(None)
    }

    /// Could these values be taken over? Nothing is kept of the attempt.
    async fn is_possible(&self, pull: &Values) -> Result<bool, Error> {
        let tx = self.session.begin().await?;
        match hold(self.session, &tx, self.claim).await? {
            Some((item, _)) => Ok(self.take(&tx, &item, pull).await?.is_ok()),
            None => Ok(false),
        }
    }

    async fn take(
        &self,
        tx: &Tx,
        item: &recommendation::Model,
        pull: &Values,
    ) -> Result<Result<Vec<NewEvent>, String>, Error> {
        let Some((patch, steps)) = taken_over(self.connection, item, self.done, pull) else {
            return Ok(Err(no_way(item, &self.done.issue.status)));
        };
        match Box::pin(take_over(self.session, tx, item.id, &patch, steps)).await {
            Ok(events) => Ok(Ok(events)),
            Err(error @ (Error::Invalid(_) | Error::Forbidden(_) | Error::NotFound(_))) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }
}

/// The state of a link after calls that succeeded. `why`: what could not be taken over all the same.
fn finish(link: &mut tracker_link::Model, done: &Done, claim: &Claim, why: Option<&str>, now: DateTime<Utc>) {
    let refused = || {
        let (name, fields) = (provider(claim.connection.kind).name, named(&done.not_taken));
        match &done.refusal {
            Some(said) => format!("{name} did not take over: {fields}. {said}"),
            None => format!(
                "{name} did not take over: {fields}; look whether the token may change that, and whether it can be so there."
            ),
        }
    };
    let refused = (!done.not_taken.is_empty()).then(refused);
    let problem = why.map(str::to_owned).or(refused);
    link.state = match (&problem, done.decision.conflicts.is_empty()) {
        (_, false) => SyncState::Conflict,
        (Some(_), true) => SyncState::Failed,
        (None, true) => SyncState::InSync,
    };
    link.conflicts = json!(done.decision.conflicts);
    // What somebody chooses while the calls are made is for the next time.
    if link.settled == claim.link.settled {
        link.settled = json!({});
    }
    link.failures = if problem.is_some() { link.failures + 1 } else { 0 };
    if problem.is_some() {
        link.must_read = true;
        // What was asked for meanwhile does not wait for that.
        if link.wanted == claim.link.wanted {
            link.next_sync_at = Some(now + wait(link.failures, SAFETY));
        }
    }
    link.last_error = problem;
    link.last_synced_at = Some(now);
    link.lease_until = None;
    link.updated_at = now;
}

/// What people should hear of.
fn told(
    link: &tracker_link::Model,
    connection: &tracker_connection::Model,
    done: &Done,
    is_new: bool,
    before: &BTreeMap<Field, Conflict>,
) -> Vec<NewEvent> {
    let mut events = Vec::new();
    if is_new {
        events.push(event("tracker.linked", link, &connection.name, json!({})));
    }
    let fields = done
        .decision
        .push
        .keys()
        .filter(|field| !done.not_taken.contains(field));
    let fields: Vec<&Field> = fields.collect();
    if !fields.is_empty() {
        events.push(event(
            "tracker.synced",
            link,
            &connection.name,
            json!({ "fields": fields }),
        ));
    }
    let conflicts = &done.decision.conflicts;
    if !conflicts.is_empty() && conflicts != before {
        let fields: Vec<&Field> = conflicts.keys().collect();
        events.push(event(
            "tracker.conflict",
            link,
            &connection.name,
            json!({ "fields": fields }),
        ));
    }
    events
}
