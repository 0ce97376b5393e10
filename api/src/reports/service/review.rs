//! The way of a report to publication and back.

use chrono::{DateTime, Utc};
use entity::{
    enums::{ApprovalDecision, ReportStatus},
    ids::{ApprovalId, ReportId, UserId},
    report, report_approval,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{Held, event, hold, remember};
use crate::{
    auth::Session,
    events::service::record,
    platform::{
        changes::Changes,
        db::Tx,
        error::{Error, Problem, check_version},
        text,
    },
    reports::{
        model::findings::{Finding, Level, findings},
        policy,
        queries::facts::facts,
    },
};

async fn hold_to_edit(session: &Session, tx: &Tx, id: ReportId, expected_version: Option<i64>) -> Result<Held, Error> {
    let held = hold(session, tx, id).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    check_version(expected_version, held.row.version)?;
    Ok(held)
}

/// Refuses a step that does not begin where the report stands.
fn must_be(row: &report::Model, from: &[ReportStatus], step: &str) -> Result<(), Error> {
    if from.contains(&row.status) {
        return Ok(());
    }
    let possible = match row.status {
        ReportStatus::Draft => "submit it or archive it",
        ReportStatus::InReview => "review, publish, reopen or archive it",
        ReportStatus::Published => "reopen it or archive it",
        ReportStatus::Archived => "reopen it",
    };
    Err(Error::invalid(
        "status",
        "STEP_NOT_POSSIBLE",
        format!(
            "{} is {} and cannot be {step}; you can {possible}.",
            row.key, row.status
        ),
    ))
}

async fn move_to(
    session: &Session,
    tx: Tx,
    row: report::Model,
    status: ReportStatus,
    published_at: Option<DateTime<Utc>>,
    event_type: &'static str,
    payload: serde_json::Value,
) -> Result<(), Error> {
    let changes = Changes::new().field("status", &row.status, &status);
    let mut events = vec![event(event_type, &row, changes)];
    if let (Some(event), serde_json::Value::Object(more)) = (events.first_mut(), payload)
        && let Some(object) = event.payload.as_object_mut()
    {
        object.extend(more);
    }
    let after = report::Model {
        status,
        published_at,
        updated_at: session.now_after(row.updated_at),
        version: row.version + 1,
        ..row
    };
    let active: report::ActiveModel = after.clone().into();
    active.reset_all().update(&*tx).await?;
    remember(&tx, &after).await?;
    record(session, &tx, events).await?;
    tx.commit().await
}

/// DRAFT → IN_REVIEW.
pub async fn submit(session: &Session, id: ReportId, expected_version: Option<i64>) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold_to_edit(session, &tx, id, expected_version).await?;
    must_be(&held.row, &[ReportStatus::Draft], "submitted")?;
    move_to(
        session,
        tx,
        held.row,
        ReportStatus::InReview,
        None,
        "report.submitted",
        json!({}),
    )
    .await
}

/// Records what a reviewer decided; their earlier decision gives way to it.
pub async fn review(
    session: &Session,
    id: ReportId,
    decision: ApprovalDecision,
    comment: Option<&str>,
) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold(session, &tx, id).await?;
    policy::may_review(&session.viewer, &held.row, &held.participants)?;
    must_be(&held.row, &[ReportStatus::InReview], "reviewed")?;
    let comment = text::optional_note("comment", comment)?;
    if decision == ApprovalDecision::ChangesRequested && comment.is_none() {
        return Err(Error::invalid("comment", "REQUIRED", "Say what should change."));
    }
    let Some(me) = session.viewer.id() else {
        return Err(Error::forbidden("A review is a person's; sign in as a user."));
    };
    report_approval::Entity::delete_many()
        .filter(report_approval::Column::ReportId.eq(id))
        .filter(report_approval::Column::UserId.eq(me))
        .exec(&*tx)
        .await?;
    let row = report_approval::ActiveModel {
        id: Set(session.mint::<ApprovalId>()),
        report_id: Set(id),
        user_id: Set(me),
        decision: Set(decision),
        comment: Set(comment.clone()),
        decided_at: Set(session.now()),
    };
    report_approval::Entity::insert(row)
        .exec_without_returning(&*tx)
        .await?;
    let event_type = match decision {
        ApprovalDecision::Approved => "report.approved",
        ApprovalDecision::ChangesRequested => "report.changes_requested",
    };
    let payload = json!({ "key": held.row.key, "title": held.row.title, "comment": comment });
    let event = event(event_type, &held.row, Changes::new()).payload(payload);
    record(session, &tx, vec![event]).await?;
    tx.commit().await
}

/// Takes back the approvals of those who now own the report or are its authors: nobody's word on their own text counts.
pub(super) async fn forget_own_approvals(
    tx: &Tx,
    id: ReportId,
    of: impl IntoIterator<Item = UserId>,
) -> Result<(), Error> {
    report_approval::Entity::delete_many()
        .filter(report_approval::Column::ReportId.eq(id))
        .filter(report_approval::Column::UserId.is_in(of))
        .filter(report_approval::Column::Decision.eq(ApprovalDecision::Approved))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// How a report is to be published.
#[derive(Debug, Clone, Default)]
pub struct Publication {
    /// An admin's reason for publishing although findings stand.
    pub override_reason: Option<String>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}

/// IN_REVIEW → PUBLISHED, unless an ERROR finding stands.
pub async fn publish(session: &Session, id: ReportId, publication: Publication) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold_to_edit(session, &tx, id, publication.expected_version).await?;
    must_be(&held.row, &[ReportStatus::InReview], "published")?;
    let reason = text::optional_note("overrideReason", publication.override_reason.as_deref())?;
    if reason.is_some() && !session.viewer.is_admin() {
        return Err(Error::forbidden(
            "Only an admin may publish a report that has errors; resolve its findings, or ask one.",
        ));
    }
    let facts = facts(&*tx, &session.viewer, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let errors: Vec<Finding> = findings(&facts)
        .into_iter()
        .filter(|finding| finding.level == Level::Error)
        .collect();
    if !errors.is_empty() && reason.is_none() {
        return Err(Error::Invalid(errors.into_iter().map(problem).collect()));
    }
    let overridden: Vec<&str> = errors.iter().map(|finding| finding.code).collect();
    let payload = match reason {
        Some(reason) if !overridden.is_empty() => json!({ "overrideReason": reason, "overridden": overridden }),
        _ => json!({}),
    };
    let now = session.now();
    move_to(
        session,
        tx,
        held.row,
        ReportStatus::Published,
        Some(now),
        "report.published",
        payload,
    )
    .await
}

fn problem(finding: Finding) -> Problem {
    Problem {
        path: finding.section.unwrap_or("id").to_owned(),
        code: finding.code,
        message: finding.message,
    }
}

/// Back to DRAFT. The approvals were for another text and go.
pub async fn reopen(
    session: &Session,
    id: ReportId,
    reason: Option<&str>,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold_to_edit(session, &tx, id, expected_version).await?;
    must_be(
        &held.row,
        &[ReportStatus::InReview, ReportStatus::Published, ReportStatus::Archived],
        "reopened",
    )?;
    let reason = text::optional_note("reason", reason)?;
    report_approval::Entity::delete_many()
        .filter(report_approval::Column::ReportId.eq(id))
        .exec(&*tx)
        .await?;
    move_to(
        session,
        tx,
        held.row,
        ReportStatus::Draft,
        None,
        "report.reopened",
        json!({ "reason": reason }),
    )
    .await
}

/// Puts a report away. When it was published stays known.
pub async fn archive(session: &Session, id: ReportId, expected_version: Option<i64>) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold_to_edit(session, &tx, id, expected_version).await?;
    must_be(
        &held.row,
        &[ReportStatus::Draft, ReportStatus::InReview, ReportStatus::Published],
        "archived",
    )?;
    let published_at = held.row.published_at;
    move_to(
        session,
        tx,
        held.row,
        ReportStatus::Archived,
        published_at,
        "report.archived",
        json!({}),
    )
    .await
}
