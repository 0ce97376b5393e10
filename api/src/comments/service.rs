//! Adds comments.

use entity::{
    comment,
    enums::SubjectKind,
    ids::{CommentId, RecommendationId, ReportId},
    recommendation, report,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::{
    auth::{Session, scope},
    events::{model::NewEvent, service::record},
    platform::{error::Error, text},
};

/// What a comment is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A report.
    Report(ReportId),
    /// A recommendation.
    Recommendation(RecommendationId),
}

/// Adds a comment to something the viewer sees.
pub async fn add(session: &Session, subject: Subject, body: &str) -> Result<CommentId, Error> {
    session.viewer.require_member()?;
    let body = text::note("body", body)?;
    let tx = session.begin().await?;
    let (event, report_id, recommendation_id) = match subject {
        Subject::Report(id) => {
            let row = scope::reports(&session.viewer)
                .filter(report::Column::Id.eq(id))
                .one(&*tx)
                .await?;
            let row = row.ok_or_else(|| Error::not_found("report"))?;
            let event = NewEvent::new("comment.added", SubjectKind::Report, id, Some(id));
            (
                event.payload(json!({ "key": row.key, "title": row.title, "body": body })),
                Some(id),
                None,
            )
        }
        Subject::Recommendation(id) => {
            let row = scope::recommendations(&session.viewer)
                .filter(recommendation::Column::Id.eq(id))
                .one(&*tx)
                .await?;
            let row = row.ok_or_else(|| Error::not_found("recommendation"))?;
            let event = NewEvent::new("comment.added", SubjectKind::Recommendation, id, Some(row.report_id));
            (
                event.payload(json!({ "key": row.key, "title": row.title, "body": body })),
                None,
                Some(id),
            )
        }
    };
    let id: CommentId = session.mint();
    let row = comment::ActiveModel {
        id: Set(id),
        report_id: Set(report_id),
        recommendation_id: Set(recommendation_id),
        author_id: Set(session.viewer.id()),
        body: Set(body),
        created_at: Set(session.now()),
        edited_at: Set(None),
    };
    comment::Entity::insert(row).exec_without_returning(&*tx).await?;
    record(session, &tx, vec![event]).await?;
    tx.commit().await?;
    Ok(id)
}
