//! Stores a report as it was elsewhere.

use entity::{enums::ParticipantRole, ids::UserId, report, report_approval, timeline_event};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::{create, event, people::insert_participants, remember, store_revision};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{
        changes::Changes,
        db::Tx,
        error::Error,
        keys::{self, KeyKind},
    },
    reports::model::sections::Section,
    search::{self, model::index::Subject},
};

/// A report that was exported, and what stands in its own tables.
pub struct Restored {
    /// The report, with the key that it had.
    pub row: report::Model,
    /// Its labels.
    pub labels: Vec<String>,
    /// Who took part.
    pub participants: Vec<(UserId, ParticipantRole)>,
    /// What reviewers said.
    pub approvals: Vec<report_approval::Model>,
    /// What happened when.
    pub timeline: Vec<timeline_event::Model>,
}

/// Stores it, with its key when that is free. What it is made of is known to be sound.
pub async fn restore(session: &Session, tx: &Tx, restored: Restored) -> Result<(report::Model, NewEvent), Error> {
    session.viewer.require_admin()?;
    let Restored { mut row, .. } = restored;
    row.key = keys::keep::<report::Entity>(tx, KeyKind::Report, report::Column::Key, &row.key).await?;
    let active: report::ActiveModel = row.clone().into();
    report::Entity::insert(active.reset_all())
        .exec_without_returning(&**tx)
        .await?;
    remember(tx, &row).await?;
    create::insert_labels(tx, row.id, &restored.labels, row.updated_at).await?;
    insert_participants(tx, row.id, &restored.participants).await?;
    for approval in restored.approvals {
        report_approval::Entity::insert(approval.into_active_model())
            .exec_without_returning(&**tx)
            .await?;
    }
    for moment in restored.timeline {
        timeline_event::Entity::insert(moment.into_active_model())
            .exec_without_returning(&**tx)
            .await?;
    }
    search::service::refresh(tx, &[Subject::Report(row.id)]).await?;
    let event = event("report.created", &row, created(&row, &restored.labels));
    Ok((row, event))
}

/// What an event says of a new report.
pub(super) fn created(row: &report::Model, labels: &Vec<String>) -> Changes {
    Changes::new()
        .created("title", &row.title)
        .created("incidentId", &row.incident_id)
        .created("visibility", &row.visibility)
        .created("ownerId", &row.owner_id)
        .created("teamId", &row.team_id)
        .created("dueOn", &row.due_on)
        .created("duePolicyId", &row.due_policy_id)
        .created("labels", labels)
}

/// Stores its text as the first revision, once all that stands under it is there.
pub async fn store_first_revision(session: &Session, tx: &Tx, row: &report::Model) -> Result<(), Error> {
    store_revision(session, tx, row, &Section::ALL.map(Section::field)).await
}
