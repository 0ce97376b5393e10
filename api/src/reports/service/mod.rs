//! Writes reports: their text, their people, their timeline and their way to publication.

mod create;
mod people;
mod restored;
mod review;
mod stub;
mod timeline;
mod update;

use entity::{
    enums::SubjectKind,
    ids::{ReportId, RevisionId},
    report, report_participant, report_revision, report_version,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

pub use create::{create, create_within};
pub use people::set_participants;
pub use restored::{Restored, restore, store_first_revision};
pub use review::{Publication, archive, publish, reopen, review, submit};
pub use stub::{create_incident, update_incident};
pub use timeline::{TimelinePatch, add_timeline_event, insert_timeline, remove_timeline_event, update_timeline_event};
pub use update::update;

use super::queries::documents::documents;
use crate::{
    auth::{Session, scope},
    events::model::NewEvent,
    platform::{
        changes::Changes,
        db::{Hold, Tx, renew_past},
        error::Error,
    },
};

/// A report that is about to change: locked, and known to be visible.
pub(crate) struct Held {
    /// As it is before the change.
    pub row: report::Model,
    /// Who takes part.
    pub participants: Vec<report_participant::Model>,
}

/// Takes hold of a report for a change.
pub(crate) async fn hold(session: &Session, tx: &Tx, id: ReportId) -> Result<Held, Error> {
    let row = scope::reports(&session.viewer)
        .filter(report::Column::Id.eq(id))
        .hold()
        .one(&**tx)
        .await?;
    let row = row.ok_or_else(|| Error::not_found("report"))?;
    // A refusal shows something of it too.
    session.note_shown::<report::Entity>(std::iter::once(&row));
    let participants = report_participant::Entity::find()
        .filter(report_participant::Column::ReportId.eq(id))
        .all(&**tx)
        .await?;
    Ok(Held { row, participants })
}

/// An event about a report.
fn event(event_type: &'static str, row: &report::Model, changes: Changes) -> NewEvent {
    NewEvent::new(event_type, SubjectKind::Report, row.id, Some(row.id))
        .changes(changes)
        .payload(json!({ "key": row.key, "title": row.title }))
}

/// Notes what a report is from its last change on.
async fn remember(tx: &Tx, row: &report::Model) -> Result<(), Error> {
    let version = report_version::ActiveModel {
        report_id: Set(row.id),
        incident_id: Set(row.incident_id),
        key: Set(row.key.clone()),
        title: Set(row.title.clone()),
        status: Set(row.status),
        owner_id: Set(row.owner_id),
        team_id: Set(row.team_id),
        due_on: Set(row.due_on),
        published_at: Set(row.published_at),
        created_at: Set(row.created_at),
        valid_from: Set(row.updated_at),
        valid_to: Set(None),
    };
    renew_past(tx, row.id, version, row.updated_at).await
}

/// Stores the text as it is now.
async fn store_revision(session: &Session, tx: &Tx, row: &report::Model, changed: &[&str]) -> Result<(), Error> {
    let earlier = report_revision::Entity::find()
        .filter(report_revision::Column::ReportId.eq(row.id))
        .count(&**tx)
        .await?;
    let document = documents(&**tx, std::slice::from_ref(row)).await?.remove(&row.id);
    let revision = report_revision::ActiveModel {
        id: Set(session.mint::<RevisionId>()),
        report_id: Set(row.id),
        number: Set(i64::try_from(earlier).unwrap_or(i64::MAX) + 1),
        author_id: Set(session.viewer.id()),
        changed_sections: Set(json!(changed)),
        markdown: Set(document.map(|document| document.to_markdown()).unwrap_or_default()),
        created_at: Set(session.now()),
    };
    report_revision::Entity::insert(revision)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}
