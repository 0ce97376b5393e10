//! Sends what is owed for one thing: the event, and the note that it was sent, in one transaction under the lock of that thing.

mod digest;

use chrono::NaiveDate;
use entity::{
    effectiveness_review,
    enums::{PolicyTarget, RecommendationStatus, ReminderKind, Role, SubjectKind, Visibility},
    ids::{RecommendationId, ReportId, TeamId, UserId},
    recommendation, reminder, report, report_participant,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, prelude::Uuid, sea_query::Query};
use serde_json::{Value, json};

pub use digest::send_digest;

use super::{
    model::{Days, Owed, days_left, owed},
    queries::{PlannedReview, days, home, sent_for},
};
use crate::{
    auth::{Session, scope},
    events::{model::NewEvent, service::record},
    people::queries::leads,
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
    policies::model::{Case, DuePolicy},
};

/// What somebody is reminded of.
struct Item<'a> {
    about: PolicyTarget,
    id: Uuid,
    report: &'a report::Model,
    due_on: NaiveDate,
    owner: Option<UserId>,
    team: Option<TeamId>,
    /// What every event about it says.
    payload: Value,
}

/// Holds an item, and before it keeps its report: who changes that has it, and comes for the item then.
async fn hold(session: &Session, tx: &Tx, id: RecommendationId) -> Result<Option<recommendation::Model>, Error> {
    use recommendation::Column as C;
    let home = Query::select()
        .column(C::ReportId)
        .from(recommendation::Entity)
        .and_where(C::Id.eq(id))
        .take();
    let kept = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(report::Column::Id.in_subquery(home));
    kept.keep().into_tuple::<ReportId>().one(&**tx).await?;
    let item = scope::recommendations(&session.viewer).filter(C::Id.eq(id));
    Ok(item.hold().one(&**tx).await?)
}

/// Sends what is owed for committed work. Returns how many reminders that were.
pub async fn remind_of_recommendation(
    session: &Session,
    id: RecommendationId,
    policies: &[DuePolicy],
) -> Result<usize, Error> {
    let tx = session.begin().await?;
    let row = hold(session, &tx, id).await?;
    let Some(row) = row.filter(|row| row.status.is_open()) else {
        return Ok(0);
    };
    let Some(due_on) = row.due_on else { return Ok(0) };
    let (report, incident) = home(&*tx, row.report_id).await?;
    let case = Case::Recommendation {
        severity: incident.severity,
        priority: row.priority,
        kind: row.kind,
        team: row.team_id,
    };
    let item = Item {
        about: PolicyTarget::Recommendation,
        id: row.id.0,
        report: &report,
        due_on,
        owner: row.owner_id,
        team: row.team_id,
        payload: json!({ "key": row.key, "title": row.title, "status": row.status }),
    };
    send(session, tx, &item, &days(session, policies, &case)).await
}

/// Sends what is owed for a report that is not published. Returns how many reminders that were.
pub async fn remind_of_report(session: &Session, id: ReportId, policies: &[DuePolicy]) -> Result<usize, Error> {
    let tx = session.begin().await?;
    let row = scope::reports(&session.viewer)
        .filter(report::Column::Id.eq(id))
        .hold()
        .one(&*tx)
        .await?;
    let Some(row) = row.filter(|row| row.status.is_open()) else {
        return Ok(0);
    };
    let Some(due_on) = row.due_on else { return Ok(0) };
    let (_, incident) = home(&*tx, id).await?;
    let case = Case::Report {
        severity: incident.severity,
        team: incident.team_id,
    };
    let item = Item {
        about: PolicyTarget::Report,
        id: row.id.0,
        report: &row,
        due_on,
        owner: row.owner_id,
        team: row.team_id,
        payload: json!({ "key": row.key, "title": row.title }),
    };
    send(session, tx, &item, &days(session, policies, &case)).await
}

async fn send(session: &Session, tx: Tx, item: &Item<'_>, days: &Days) -> Result<usize, Error> {
    let left = days_left(item.due_on, session.today());
    let owed = owed(left, days, &sent_for(&*tx, item.id, item.due_on).await?);
    let mut events = Vec::with_capacity(owed.len());
    for owed in &owed {
        note(session, &tx, item.id, item.due_on, *owed).await?;
        events.push(event(&tx, item, *owed, days, left).await?);
    }
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(owed.len())
}

/// The note that one was sent. It cannot be made twice.
async fn note(session: &Session, tx: &Tx, subject: Uuid, due_on: NaiveDate, owed: Owed) -> Result<(), Error> {
    let row = reminder::ActiveModel {
        subject_id: Set(subject),
        due_on: Set(due_on),
        kind: Set(owed.kind),
        days: Set(owed.days),
        sent_at: Set(session.now()),
    };
    reminder::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

async fn event(tx: &Tx, item: &Item<'_>, owed: Owed, days: &Days, left: i64) -> Result<NewEvent, Error> {
    let mut payload = item.payload.clone();
    payload["dueOn"] = json!(item.due_on);
    payload["policy"] = json!(days.policy);
    payload["ownerId"] = json!(item.owner);
    payload["teamId"] = json!(item.team);
    match owed.kind {
        ReminderKind::DueSoon => {
            payload["daysLeft"] = json!(left);
            payload["remindDaysBefore"] = json!(owed.days);
        }
        ReminderKind::Escalated => {
            payload["daysOverdue"] = json!(-left);
            payload["escalateDaysAfter"] = json!(owed.days);
            payload["escalateTo"] = json!(escalate_to(tx, item).await?);
        }
        ReminderKind::Overdue | ReminderKind::EffectivenessDue | ReminderKind::WeeklyDigest => {
            payload["daysOverdue"] = json!(-left);
        }
    }
    let (event_type, kind) = match (item.about, owed.kind) {
        (PolicyTarget::Report, ReminderKind::DueSoon) => ("report.due_soon", SubjectKind::Report),
        (PolicyTarget::Report, ReminderKind::Escalated) => ("report.escalated", SubjectKind::Report),
        (PolicyTarget::Report, _) => ("report.overdue", SubjectKind::Report),
        (PolicyTarget::Recommendation, ReminderKind::DueSoon) => {
            ("recommendation.due_soon", SubjectKind::Recommendation)
        }
        (PolicyTarget::Recommendation, ReminderKind::Escalated) => {
            ("recommendation.escalated", SubjectKind::Recommendation)
        }
        (PolicyTarget::Recommendation, _) => ("recommendation.overdue", SubjectKind::Recommendation),
    };
    let report = Some(item.report.id);
    let event = match kind {
        SubjectKind::Report => NewEvent::new(event_type, kind, ReportId(item.id), report),
        _ => NewEvent::new(event_type, kind, RecommendationId(item.id), report),
    };
    Ok(event.payload(payload))
}

/// The leads of its team. Whoever may not know of its report is not among them: a message to them would tell.
async fn escalate_to(tx: &Tx, item: &Item<'_>) -> Result<Vec<UserId>, Error> {
    let Some(team) = item.team else {
        return Ok(Vec::new());
    };
    let mut leads = leads(&**tx, team).await?;
    if item.report.visibility == Visibility::Restricted {
        let participants = report_participant::Entity::find()
            .filter(report_participant::Column::ReportId.eq(item.report.id))
            .all(&**tx)
            .await?;
        leads.retain(|lead| {
            lead.role == Role::Admin
                || item.report.owner_id == Some(lead.id)
                || participants.iter().any(|participant| participant.user_id == lead.id)
        });
    }
    Ok(leads.into_iter().map(|lead| lead.id).collect())
}

/// Says that a planned review is due. False when that was said, or the review is no longer to be held.
pub async fn remind_of_review(session: &Session, planned: &PlannedReview) -> Result<bool, Error> {
    let tx = session.begin().await?;
    let row = hold(session, &tx, planned.recommendation).await?;
    let Some(row) = row.filter(|row| row.status == RecommendationStatus::Verified) else {
        return Ok(false);
    };
    let review = effectiveness_review::Entity::find_by_id(planned.id).one(&*tx).await?;
    let Some(review) = review.filter(|review| review.outcome.is_none()) else {
        return Ok(false);
    };
    let told = reminder::Entity::find()
        .filter(reminder::Column::SubjectId.eq(review.id.0))
        .one(&*tx)
        .await?;
    if told.is_some() {
        return Ok(false);
    }
    let owed = Owed {
        kind: ReminderKind::EffectivenessDue,
        days: 0,
    };
    note(session, &tx, review.id.0, review.due_on, owed).await?;
    let payload = json!({
        "key": row.key,
        "title": row.title,
        "status": row.status,
        "dueOn": review.due_on,
        "daysOverdue": -days_left(review.due_on, session.today()),
        "ownerId": row.owner_id,
        "teamId": row.team_id,
    });
    let event = NewEvent::new(
        "recommendation.effectiveness_due",
        SubjectKind::Recommendation,
        row.id,
        Some(row.report_id),
    );
    record(session, &tx, vec![event.payload(payload)]).await?;
    tx.commit().await?;
    Ok(true)
}
