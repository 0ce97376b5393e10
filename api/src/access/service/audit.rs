//! Writes down which RESTRICTED reports an admin looked into whose business they are not.
//!
//! Rows are noted where they are read (`Session::note_shown`), whatever the path. Once the request has run, those that stand
//! under a RESTRICTED report of which the admin is neither owner nor participant become an event `report.read` each, at most
//! one an hour for an admin and a report. Whoever may see the report sees the event in its history.

use chrono::Duration;
use entity::{
    enums::{SubjectKind, Visibility},
    event,
    ids::ReportId,
    recommendation, report, report_participant,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use crate::{
    auth::{Session, scope::only_id},
    events::{model::NewEvent, service::record},
    platform::error::Error,
};

/// Within this time a second look is the same one.
const SAME_LOOK: Duration = Duration::hours(1);

/// Call it once the request has run, before the answer leaves.
pub async fn restricted_reads(session: &Session) -> Result<(), Error> {
    let shown = session.take_shown();
    if shown.reports.is_empty() && shown.items.is_empty() {
        return Ok(());
    }
    let of_items = recommendation::Entity::find().filter(recommendation::Column::Id.is_in(shown.items));
    let mut others = report::Entity::find()
        .filter(report::Column::Visibility.eq(Visibility::Restricted))
        .filter(
            Condition::any()
                .add(report::Column::Id.is_in(shown.reports))
                .add(report::Column::Id.in_subquery(only_id(of_items, recommendation::Column::ReportId))),
        );
    if let Some(me) = session.viewer.id() {
        let takes_part = report_participant::Entity::find().filter(report_participant::Column::UserId.eq(me));
        others = others
            .filter(
                Condition::any()
                    .add(report::Column::OwnerId.is_null())
                    .add(report::Column::OwnerId.ne(me)),
            )
            .filter(report::Column::Id.not_in_subquery(only_id(takes_part, report_participant::Column::ReportId)));
    }
    // Their texts are long, and not needed.
    let others: Vec<(ReportId, String, String)> = others
        .select_only()
        .columns([report::Column::Id, report::Column::Key, report::Column::Title])
        .into_tuple()
        .all(&session.db)
        .await?;
    if others.is_empty() {
        return Ok(());
    }
    let mut recently = event::Entity::find()
        .filter(event::Column::EventType.eq("report.read"))
        .filter(event::Column::OccurredAt.gt(session.now() - SAME_LOOK))
        .filter(event::Column::ReportId.is_in(others.iter().map(|(id, _, _)| *id)))
        .filter(event::Column::ActorKind.eq(session.viewer.kind));
    recently = match (session.viewer.id(), &session.viewer.token) {
        (Some(me), _) => recently.filter(event::Column::ActorUserId.eq(me)),
        (None, Some(token)) => recently.filter(event::Column::ActorTokenId.eq(token.id)),
        (None, None) => recently.filter(event::Column::ActorTokenId.is_null()),
    };
    let recently: Vec<Option<ReportId>> = recently
        .select_only()
        .column(event::Column::ReportId)
        .into_tuple()
        .all(&session.db)
        .await?;
    let looks = others
        .into_iter()
        .filter(|(id, _, _)| !recently.contains(&Some(*id)))
        .map(|(id, key, title)| {
            NewEvent::new("report.read", SubjectKind::Report, id, Some(id))
                .payload(json!({ "key": key, "title": title }))
        })
        .collect::<Vec<_>>();
    if looks.is_empty() {
        return Ok(());
    }
    let tx = session.begin_aside().await?;
    record(session, &tx, looks).await?;
    tx.commit().await
}
