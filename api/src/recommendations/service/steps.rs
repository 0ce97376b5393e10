//! Moves an item from status to status, by the table in `model`.

use chrono::{Days, NaiveDate};
use entity::{
    effectiveness_review,
    enums::{ClosureReason, RecommendationStatus},
    evidence,
    ids::{EffectivenessReviewId, EvidenceId, RecommendationId, UserId},
    recommendation, recommendation_version,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{differences, due, event, hold, store};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    people::queries::active_user,
    platform::{
        db::Tx,
        error::{Error, Problems, check_version},
        text,
    },
    policies::model::Due,
    recommendations::model::{By, NewEvidence, StepInput, Transition, needs_evidence, possible_from},
};

/// Takes a step. Returns the item as it is then.
pub async fn step(
    session: &Session,
    id: RecommendationId,
    input: StepInput,
    expected_version: Option<i64>,
) -> Result<recommendation::Model, Error> {
    let tx = session.begin().await?;
    let held = hold(session, &tx, id).await?;
    let transition = input
        .step()
        .transition()
        .ok_or_else(|| Error::internal("a step without a row in the table"))?;
    held.item().may_step(&session.viewer, transition.by)?;
    check_version(expected_version, held.row.version)?;
    must_be_possible(&held.row, transition)?;
    if transition.by == By::SomebodyElse {
        never_owned_it(session, &tx, &held.row).await?;
    }
    let (after, event) = move_on(session, &tx, &held.row, transition, input).await?;
    record(session, &tx, vec![event]).await?;
    tx.commit().await?;
    Ok(after)
}

/// Whoever owned the work while it was open cannot give it away and then verify it.
async fn never_owned_it(session: &Session, tx: &Tx, row: &recommendation::Model) -> Result<(), Error> {
    let Some(me) = session.viewer.id() else {
        return Ok(());
    };
    use recommendation_version::Column as C;
    let owned = recommendation_version::Entity::find()
        .filter(C::RecommendationId.eq(row.id))
        .filter(C::OwnerId.eq(me))
        .filter(C::Status.is_in(RecommendationStatus::OPEN.iter().copied()))
        .count(&**tx)
        .await?;
    if owned == 0 {
        return Ok(());
    }
    Err(Error::forbidden(format!(
        "You owned {} while it was open, so you cannot verify it; ask somebody else to check it.",
        row.key
    )))
}

pub(super) fn must_be_possible(row: &recommendation::Model, transition: &Transition) -> Result<(), Error> {
    if transition.from.contains(&row.status) {
        return Ok(());
    }
    Err(Error::invalid(
        "id",
        "STEP_NOT_POSSIBLE",
        format!(
            "{} is {}, so {} is not possible; possible are {}.",
            row.key,
            row.status,
            transition.mutation,
            possible_from(row.status).join(", ")
        ),
    ))
}

/// The step itself, once it is known to be allowed.
pub(super) async fn move_on(
    session: &Session,
    tx: &Tx,
    before: &recommendation::Model,
    transition: &Transition,
    input: StepInput,
) -> Result<(recommendation::Model, NewEvent), Error> {
    let mut after = before.clone();
    after.status = transition.to;
    after.blocked_reason = None;
    let (event_type, more) = match input {
        StepInput::Accept { owner, due_on } => {
            keeps_promise(&after, due_on)?;
            let due = commit(session, tx, &mut after, owner, due_on, Keeps::Nobody).await?;
            ("recommendation.accepted", due::named(due, json!({})))
        }
        StepInput::Start => ("recommendation.started", json!({})),
        StepInput::Block { reason } => {
            after.blocked_reason = Some(text::note("reason", &reason)?);
            ("recommendation.blocked", json!({ "reason": after.blocked_reason }))
        }
        StepInput::Implement { evidence } => (
            "recommendation.implemented",
            implement(session, tx, &mut after, &evidence).await?,
        ),
        StepInput::Verify => {
            verify(session, tx, &mut after).await?;
            ("recommendation.verified", json!({}))
        }
        StepInput::Decline {
            reason,
            note,
            risk_accepted_until,
        } => {
            decline(session, &mut after, reason, &note, risk_accepted_until)?;
            (
                "recommendation.declined",
                json!({ "reason": reason, "note": after.closure_note }),
            )
        }
        StepInput::Reopen { reason, owner, due_on } => {
            let reason = text::note("reason", &reason)?;
            let due = reopen(session, tx, &mut after, owner, due_on).await?;
            let more = due::named(due, json!({ "reason": reason }));
            ("recommendation.reopened", more)
        }
    };
    store(session, tx, before, &mut after).await?;
    let event = event(event_type, &after, differences(before, &after), more);
    Ok((after, event))
}

/// What returns to PROPOSED when a risk acceptance ends was promised before: that date too moves only with a reason.
fn keeps_promise(before: &recommendation::Model, due_on: Option<NaiveDate>) -> Result<(), Error> {
    if before.original_due_on.is_none() || due_on.is_none() || due_on == before.due_on {
        return Ok(());
    }
    Err(Error::invalid(
        "dueOn",
        "HAS_DUE_DATE",
        "It was committed to before and has a due date; move that with changeDueDate, which keeps the reason.",
    ))
}

/// Whose work it may stay without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// Everybody who commits must be able to work.
    Nobody,
    /// Who had committed before and has left meanwhile.
    WhoHadIt,
}

/// A commitment has an owner and a due date, given now, before, or by policy. The first due date is kept for ever.
async fn commit(
    session: &Session,
    tx: &Tx,
    after: &mut recommendation::Model,
    owner: Option<UserId>,
    due_on: Option<NaiveDate>,
    keeps: Keeps,
) -> Result<Option<Due>, Error> {
    after.owner_id = owner.or(after.owner_id);
    if due_on.is_some() && due_on != after.due_on {
        after.due_on = due_on;
        after.due_policy_id = None;
    }
    let due = due::by_policy(session, tx, after).await?;
    let mut problems = Problems::default();
    match after.owner_id {
        // Who had committed before and has left meanwhile does not keep the work from being reopened.
        Some(_) if owner.is_none() && keeps == Keeps::WhoHadIt => {}
        Some(owner) => {
            problems.take(active_user(&**tx, "ownerId", owner).await);
        }
        None => problems.add(
            "ownerId",
            "REQUIRED",
            "Say who will do it: work without an owner is not committed to.",
        ),
    }
    if after.due_on.is_none() {
        problems.add(
            "dueOn",
            "REQUIRED",
            "Say by when: work without a due date is not committed to, and no due policy matches.",
        );
    }
    problems.finish()?;
    after.original_due_on = after.original_due_on.or(after.due_on);
    if after.accepted_at.is_none() {
        let now = session.now();
        after.accepted_at = Some(now);
        after.accepted_on = Some(session.day(now));
    }
    Ok(due)
}

async fn implement(
    session: &Session,
    tx: &Tx,
    after: &mut recommendation::Model,
    given: &[NewEvidence],
) -> Result<Value, Error> {
    let known = evidence::Entity::find()
        .filter(evidence::Column::RecommendationId.eq(after.id))
        .count(&**tx)
        .await?;
    if needs_evidence(after.priority) && given.is_empty() && known == 0 {
        return Err(Error::invalid(
            "evidence",
            "REQUIRED",
            format!(
                "{} is {}: give at least one link that shows it done, such as a pull request.",
                after.key, after.priority
            ),
        ));
    }
    insert_evidence(session, tx, after.id, given).await?;
    let now = session.now();
    after.implemented_at = Some(now);
    after.implemented_on = Some(session.day(now));
    after.implement_micros = after.accepted_at.and_then(|from| (now - from).num_microseconds());
    after.completed_at = Some(now);
    Ok(json!({ "evidence": given.iter().map(|evidence| &evidence.url).collect::<Vec<_>>() }))
}

/// Adds links to an item.
pub async fn insert_evidence(
    session: &Session,
    tx: &Tx,
    id: RecommendationId,
    given: &[NewEvidence],
) -> Result<(), Error> {
    if given.len() > 50 {
        return Err(Error::invalid("evidence", "TOO_MANY", "Give at most 50 links."));
    }
    let mut problems = Problems::default();
    let mut rows = Vec::with_capacity(given.len());
    for (position, evidence) in given.iter().enumerate() {
        let url = problems
            .take(text::url(&format!("evidence.{position}.url"), &evidence.url))
            .unwrap_or_default();
        let note = text::optional_note(&format!("evidence.{position}.note"), evidence.note.as_deref());
        rows.push(evidence::ActiveModel {
            id: Set(session.mint::<EvidenceId>()),
            recommendation_id: Set(id),
            url: Set(url),
            note: Set(problems.take(note).flatten()),
            added_by_id: Set(session.viewer.id()),
            added_at: Set(session.now()),
        });
    }
    problems.finish()?;
    if !rows.is_empty() {
        evidence::Entity::insert_many(rows)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

/// Four eyes have seen it; whether it helped is asked again later.
async fn verify(session: &Session, tx: &Tx, after: &mut recommendation::Model) -> Result<(), Error> {
    after.verified_at = Some(session.now());
    after.verified_by_id = session.viewer.id();
    let today = session.today();
    let planned = session.app.settings.effectiveness_review_days.iter();
    let rows: Vec<_> = planned
        .filter_map(|days| today.checked_add_days(Days::new(u64::from(*days))))
        .map(|due_on| effectiveness_review::ActiveModel {
            id: Set(session.mint::<EffectivenessReviewId>()),
            recommendation_id: Set(after.id),
            due_on: Set(due_on),
            outcome: Set(None),
            note: Set(None),
            reviewed_by_id: Set(None),
            reviewed_at: Set(None),
        })
        .collect();
    if !rows.is_empty() {
        effectiveness_review::Entity::insert_many(rows)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

fn decline(
    session: &Session,
    after: &mut recommendation::Model,
    reason: ClosureReason,
    note: &str,
    risk_accepted_until: Option<NaiveDate>,
) -> Result<(), Error> {
    let mut problems = Problems::default();
    after.closure_note = problems.take(text::note("note", note));
    match (reason, risk_accepted_until) {
        (ClosureReason::RiskAccepted, None) => {
            problems.add(
                "riskAcceptedUntil",
                "REQUIRED",
                "Say until when the risk is accepted; it will be asked again then.",
            );
        }
        (ClosureReason::RiskAccepted, Some(until)) if until <= session.today() => {
            problems.add(
                "riskAcceptedUntil",
                "NOT_IN_FUTURE",
                "A risk is accepted until a day after today.",
            );
        }
        (ClosureReason::RiskAccepted, Some(_)) | (_, None) => {}
        (_, Some(_)) => {
            problems.add(
                "riskAcceptedUntil",
                "NOT_APPLICABLE",
                "Only RISK_ACCEPTED has an expiry date; leave it out.",
            );
        }
    }
    problems.finish()?;
    after.closure_reason = Some(reason);
    after.risk_accepted_until = risk_accepted_until;
    after.completed_at = Some(session.now());
    Ok(())
}

async fn reopen(
    session: &Session,
    tx: &Tx,
    after: &mut recommendation::Model,
    owner: Option<UserId>,
    due_on: Option<NaiveDate>,
) -> Result<Option<Due>, Error> {
    if due_on.is_some() && after.due_on.is_some() {
        return Err(Error::invalid(
            "dueOn",
            "HAS_DUE_DATE",
            "It has a due date already; move it with changeDueDate after the reopening.",
        ));
    }
    let due = commit(session, tx, after, owner, due_on, Keeps::WhoHadIt).await?;
    clear_completion(after);
    // What had not been reviewed is about work that is now undone.
    effectiveness_review::Entity::delete_many()
        .filter(effectiveness_review::Column::RecommendationId.eq(after.id))
        .filter(effectiveness_review::Column::Outcome.is_null())
        .exec(&**tx)
        .await?;
    Ok(due)
}

/// Nothing of an earlier end is left.
pub(super) fn clear_completion(after: &mut recommendation::Model) {
    after.implemented_at = None;
    after.implemented_on = None;
    after.implement_micros = None;
    after.completed_at = None;
    after.verified_at = None;
    after.verified_by_id = None;
    after.closure_reason = None;
    after.closure_note = None;
    after.risk_accepted_until = None;
}
